#include <graph/weight_layout.h>
#include <graph/weights/identify.h>
#include <graph/weights/parameters.h>
#include <graph/weights/strangers.h>
#include <graph/weights/torch/search.h>

#include <fmt/core.h>

#include <algorithm>
#include <cstring>
#include <set>

namespace vkm::graph {
namespace {

int64_t integer(const NamedTensor& tensor) {
    if (tensor.dtype == WeightType::i64 && tensor.data.size() == sizeof(int64_t)) {
        int64_t value = 0;
        std::memcpy(&value, tensor.data.data(), sizeof value);
        return value;
    }
    const std::vector<float> values = to_floats(tensor);
    if (values.size() != 1) throw WeightShapeMismatch("{} is no single number", tensor.name);
    return static_cast<int64_t>(values[0]);
}

// Returns what precedes a message: the file, where it is known.
std::string origin(const StateDict& weights) {
    return weights.source.empty() ? "" : weights.source + ": ";
}

// Returns what to do about weights that do not fit.
std::string advice(const StateDict& weights) {
    const auto config = identify(weights);
    if (!config) return "; the file " + describe_strangers(weights);
    return fmt::format("; these look like the weights of --model {} --width {} --head {} --num-classes {}",
                       model_name(config->model), config->width,
                       config->head == Head::full ? "full" : "scaled", config->num_classes);
}

bool of_classifier(const ParameterInfo& info) {
    return info.name.starts_with("classifier.");
}

// Returns whether weights have every layer but those of the classifier.
bool lack_a_classifier(const Graph& graph, const StateDict& weights) {
    return std::ranges::all_of(weights_of(graph), [&](ValueId id) {
        const ParameterInfo& info = *graph.value(id).info;
        return of_classifier(info) || weights.find(info.name);
    });
}

bool differs_in_classes_only(const ParameterInfo& info, const NamedTensor& tensor) {
    return !tensor.shape.empty() && tensor.shape.size() == info.torch_shape.size() &&
           std::equal(tensor.shape.begin() + 1, tensor.shape.end(), info.torch_shape.begin() + 1);
}

}  // namespace

std::vector<ValueId> weights_of(const Graph& graph) {
    std::vector<ValueId> ids;
    for (size_t i = 0; i < graph.values().size(); ++i) {
        const Value& value = graph.values()[i];
        if (value.info &&
            (value.role == Role::parameter || value.role == Role::frozen || value.role == Role::state))
            ids.push_back(static_cast<ValueId>(i));
    }
    return ids;
}

std::optional<std::string> tracked_name(std::string_view weight) {
    constexpr std::string_view running_variance = ".running_var";
    if (!weight.ends_with(running_variance)) return {};
    return fmt::format("{}.num_batches_tracked", weight.substr(0, weight.size() - running_variance.size()));
}

MatchedWeights match_weights(const Graph& graph, const StateDict& weights, const ImportOptions& options) {
    const std::vector<ValueId> ids = weights_of(graph);
    std::set<std::string, std::less<>> known;
    for (const ValueId id : ids) {
        known.insert(graph.value(id).info->name);
        if (auto name = tracked_name(graph.value(id).info->name)) known.insert(std::move(*name));
    }
    for (const ValueId id : ids) {
        const ParameterInfo& info = *graph.value(id).info;
        if (weights.find(info.name) || (options.replace_classifier && of_classifier(info))) continue;
        if (lack_a_classifier(graph, weights)) {
            const auto unread = weights.metadata.find(torch_unread);
            throw MissingWeights(
                "{}the weights have no classifier ({} is missing){}; train one: vkmbv3 train --init FILE --data …",
                origin(weights), info.name, unread == weights.metadata.end() ? "" : "; " + unread->second);
        }
        throw MissingWeights("{}the weights have no tensor {}{}", origin(weights), info.name,
                             advice(weights));
    }
    for (const NamedTensor& tensor : weights.tensors)
        if (!known.contains(tensor.name))
            throw UnexpectedWeights("{}the model has no place for the weights' tensor {}{}", origin(weights),
                                    tensor.name, advice(weights));

    MatchedWeights matched;
    for (size_t i = 0; i < ids.size(); ++i) {
        const ParameterInfo& info = *graph.value(ids[i]).info;
        const NamedTensor* found = weights.find(info.name);
        if (!found) {
            matched.replaced.push_back(info.name);
            continue;
        }
        const NamedTensor& tensor = *found;
        if (same_but_for_ones(tensor.shape, info.torch_shape)) {
            matched.tensors.emplace(ids[i], static_cast<size_t>(&tensor - weights.tensors.data()));
        } else if (options.replace_classifier && i + 2 >= ids.size() &&
                   differs_in_classes_only(info, tensor)) {
            matched.replaced.push_back(info.name);  // the last two are the classifier's weight and bias
        } else {
            throw WeightShapeMismatch("{}the weights' tensor {} is {}, but the model's is {}{}",
                                      origin(weights), info.name, shape_text(tensor.shape),
                                      shape_text(info.torch_shape), advice(weights));
        }
        if (const auto name = tracked_name(info.name))
            if (const NamedTensor* count = weights.find(*name)) matched.num_batches_tracked = integer(*count);
    }
    return matched;
}

ImportedWeights import_weights(const Graph& graph, const StateDict& weights, const ImportOptions& options) {
    MatchedWeights matched = match_weights(graph, weights, options);
    ImportedWeights imported{.values = {},
                             .replaced = std::move(matched.replaced),
                             .num_batches_tracked = matched.num_batches_tracked};
    for (const auto& [id, tensor] : matched.tensors)
        imported.values.emplace(id, to_stored(*graph.value(id).info, to_floats(weights.tensors[tensor])));
    return imported;
}

StateDict export_weights(const Graph& graph, const std::map<ValueId, HostTensor>& values,
                         int64_t num_batches_tracked) {
    StateDict weights;
    for (const ValueId id : weights_of(graph)) {
        const ParameterInfo& info = *graph.value(id).info;
        const auto found = values.find(id);
        if (found == values.end()) throw Error("there is no value to save for {}", info.name);
        weights.tensors.push_back(from_floats(info.name, info.torch_shape, to_torch(info, found->second)));
        if (auto name = tracked_name(info.name)) {
            NamedTensor count{.name = std::move(*name), .dtype = WeightType::i64, .shape = {}, .data = {}};
            count.data.resize(sizeof num_batches_tracked);
            std::memcpy(count.data.data(), &num_batches_tracked, sizeof num_batches_tracked);
            weights.tensors.push_back(std::move(count));
        }
    }
    return weights;
}

}  // namespace vkm::graph
