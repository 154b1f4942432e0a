#include "cli/weights_input.h"

#include <graph/weights/strangers.h>

#include <spdlog/spdlog.h>

namespace vkm::apps {

graph::ModelFile read_weights(const std::string& path, const ModelArguments& model, bool quiet) {
    graph::ModelFile file = graph::read_model_file(path);
    const auto named = model.given.find("model");
    if (!file.config && (named == model.given.end() || named->second.empty()))
        throw graph::WeightsError("{}: {}", path, graph::describe_strangers(file.weights));
    if (!quiet)
        for (const std::string& notice : file.notices)
            spdlog::info("{}", notice);
    return file;
}

}  // namespace vkm::apps
