#include <graph/weights/model_file.h>
#include <graph/weights/weights_file.h>

#include <nlohmann/json.hpp>

namespace vkm::graph {
namespace {

constexpr const char* class_names_key = "class-names";

std::vector<std::string> class_names_in(const StateDict& weights, const std::filesystem::path& path) {
    const auto found = weights.metadata.find(class_names_key);
    if (found == weights.metadata.end()) return {};
    try {
        return nlohmann::json::parse(found->second).get<std::vector<std::string>>();
    } catch (const nlohmann::json::exception&) {
        throw WeightsError(
            "{}: the class names in its metadata are not a list of strings; write the file again",
            path.string());
    }
}

}  // namespace

ModelFile read_model_file(const std::filesystem::path& path) {
    ModelFile file;
    file.weights = load_weights(path);
    file.config = config_in_metadata(file.weights.metadata);
    file.class_names = class_names_in(file.weights, path);
    return file;
}

void write_model_file(const std::filesystem::path& path, const Graph& graph,
                      const std::map<ValueId, HostTensor>& values, const ModelConfig& config,
                      const std::vector<std::string>& class_names, int64_t num_batches_tracked) {
    StateDict weights = export_weights(graph, values, num_batches_tracked);
    for (auto& [key, value] : to_options(config))
        weights.metadata[key] = value;
    if (!class_names.empty()) weights.metadata[class_names_key] = nlohmann::json(class_names).dump();
    save_weights(path, weights);
}

}  // namespace vkm::graph
