#include <graph/weights/error.h>
#include <graph/weights/original_names.h>
#include <graph/weights/parameters.h>

#include <algorithm>

namespace vkm::graph {
namespace {

NamedTensor zeros(const ParameterInfo& info) {
    return from_floats(info.name, info.torch_shape,
                       std::vector<float>(static_cast<size_t>(*element_count(info.torch_shape))));
}

/// Returns what stands for a weight that nothing uses.
NamedTensor without_use_of(const ParameterInfo& info, std::span<const NamedTensor> read) {
    const auto found = std::ranges::find(read, info.name, &NamedTensor::name);
    return found == read.end() ? zeros(info) : *found;
}

}  // namespace

StateDict rename_to_original(StateDict ours, const ModelConfig& config, const Dialect& dialect,
                             std::span<const NamedTensor> without_use) {
    const NetworkWeights network = network_weights(config);
    StateDict original{.tensors = {}, .metadata = std::move(ours.metadata), .source = std::move(ours.source)};
    for (const size_t weight : network.in_order()) {
        const ParameterInfo& info = network.info(weight);
        NamedTensor tensor;
        if (weight < network.list.size()) {
            const auto found = std::ranges::find(ours.tensors, info.name, &NamedTensor::name);
            if (found == ours.tensors.end()) continue;
            tensor = std::move(*found);
        } else {
            tensor = without_use_of(info, without_use);
        }
        tensor.name = dialect.name_of(network, weight);
        if (tensor.name.empty())
            throw WeightsError("{} has no network like {}: it has no name for {}", dialect.name,
                               model_name(config.model), info.name);
        tensor.shape = dialect.shape_of(network, weight);
        const auto counter = tracked_name(tensor.name);
        original.tensors.push_back(std::move(tensor));
        if (!counter) continue;
        if (const NamedTensor* count = ours.find(*tracked_name(info.name))) {
            original.tensors.push_back(*count);
            original.tensors.back().name = *counter;
        }
    }
    return original;
}

std::vector<Convention> other_conventions(const ModelConfig& config, const Dialect& dialect) {
    ModelConfig theirs = model_config_of(config.model);
    if (dialect.assume) dialect.assume(theirs);
    const ModelOptions here = to_options(config), there = to_options(theirs);
    std::vector<Convention> others;
    for (const char* option : {"bn-eps", "padding", "se-order"})
        if (here.at(option) != there.at(option))
            others.push_back({option, here.at(option), there.at(option)});
    return others;
}

namespace {

const Dialect* first_dialect(const auto& is_meant, const Model& model) {
    for (const Dialect& dialect : dialects())
        if (is_meant(dialect) && std::ranges::find(dialect.models, model.name()) != dialect.models.end())
            return &dialect;
    return nullptr;
}

}  // namespace

const Dialect* dialect_of(const Model& model) {
    return first_dialect([](const Dialect&) { return true; }, model);
}

const Dialect* dialect_called(std::string_view name, const Model& model) {
    return first_dialect([&](const Dialect& dialect) { return dialect.name == name; }, model);
}

std::vector<std::string> dialect_names() {
    std::vector<std::string> names;
    for (const Dialect& dialect : dialects())
        if (!dialect.models.empty() && std::ranges::find(names, dialect.name) == names.end())
            names.emplace_back(dialect.name);
    return names;
}

}  // namespace vkm::graph
