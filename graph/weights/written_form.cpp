#include <base/half.h>
#include <graph/models/network.h>
#include <graph/ops/batch_norm.h>
#include <graph/passes/convolution_node.h>
#include <graph/weights/parameters.h>
#include <graph/weights/written_form.h>

#include <nlohmann/json.hpp>

#include <cmath>
#include <cstring>

namespace vkm::graph {
namespace {

Graph evaluation_network(const ModelConfig& config) {
    Graph graph;
    build_network(graph, config, graph.input("images", f32({1, config.input_size, config.input_size, 3})),
                  Mode::evaluation);
    return graph;
}

NamedTensor& tensor_of(StateDict& state, const Graph& graph, ValueId id) {
    for (NamedTensor& tensor : state.tensors)
        if (tensor.name == graph.value(id).info->name) return tensor;
    throw WeightsError("{} is absent; pass a file with every weight of the network", graph.value(id).name);
}

void set(NamedTensor& tensor, const std::vector<float>& values) {
    tensor = from_floats(std::move(tensor.name), std::move(tensor.shape), values);
}

void fold(StateDict& state, const Graph& graph, const ConvolutionNode& convolution, const Node& norm) {
    NamedTensor& weight = tensor_of(state, graph, convolution.w);
    std::vector<float> w = to_floats(weight);
    const auto& [x, gamma_id, beta_id, mean_id, variance_id] = std::tuple(
        norm.inputs.at(0), norm.inputs.at(1), norm.inputs.at(2), norm.inputs.at(3), norm.inputs.at(4));
    NamedTensor &gamma = tensor_of(state, graph, gamma_id), &beta = tensor_of(state, graph, beta_id),
                &mean = tensor_of(state, graph, mean_id), &variance = tensor_of(state, graph, variance_id);
    const std::vector<float> g = to_floats(gamma), m = to_floats(mean), v = to_floats(variance);
    std::vector<float> b = to_floats(beta);
    const double epsilon = as<ops::BatchNormInference>(norm)->epsilon;
    const size_t channels = b.size(), each = w.size() / channels;
    std::vector<float> own(channels);
    if (convolution.bias != no_value) {
        NamedTensor& bias = tensor_of(state, graph, convolution.bias);
        own = to_floats(bias);
        set(bias, std::vector<float>(channels, 0));
    }
    for (size_t c = 0; c < channels; ++c) {
        const double scale = g[c] / std::sqrt(v[c] + epsilon);
        for (size_t i = c * each; i < (c + 1) * each; ++i)
            w[i] = static_cast<float>(w[i] * scale);
        b[c] = static_cast<float>(b[c] + (own[c] - m[c]) * scale);
    }
    set(weight, w);
    set(beta, b);
    set(gamma, std::vector<float>(channels, 1));
    set(mean, std::vector<float>(channels, 0));
    set(variance, std::vector<float>(channels, static_cast<float>(1 - epsilon)));
}

}  // namespace

StateDict complete_state_dict(const ModelConfig& config, const StateDict& weights,
                              const std::vector<std::string>& class_names, std::string_view original_names) {
    const Graph graph = evaluation_network(config);
    const MatchedWeights matched = match_weights(graph, weights, {.replace_classifier = true});
    for (const std::string& name : matched.replaced)
        if (weights.find(name)) match_weights(graph, weights);  // throws: it is there, with another shape
    StateDict state;
    for (const ValueId id : weights_of(graph)) {
        const ParameterInfo& info = *graph.value(id).info;
        const auto found = matched.tensors.find(id);
        if (found == matched.tensors.end()) continue;
        state.tensors.push_back(
            from_floats(info.name, info.torch_shape, to_floats(weights.tensors.at(found->second))));
        if (auto name = tracked_name(info.name)) {
            NamedTensor counter{*std::move(name), WeightType::i64, {}, std::vector<std::byte>(8)};
            std::memcpy(counter.data.data(), &matched.num_batches_tracked, counter.data.size());
            state.tensors.push_back(std::move(counter));
        }
    }
    describe_model(state, config, class_names, original_names);
    return state;
}

void describe_model(StateDict& state, const ModelConfig& config, const std::vector<std::string>& class_names,
                    std::string_view original_names) {
    for (auto& [key, value] : to_options(config))
        state.metadata[key] = value;
    if (!class_names.empty()) state.metadata[class_names_key] = nlohmann::json(class_names).dump();
    if (!original_names.empty()) state.metadata[original_names_key] = original_names;
}

void fold_batch_norms(StateDict& state, const ModelConfig& config) {
    const Graph graph = evaluation_network(config);
    for (const Node& norm : graph.nodes()) {
        if (!as<ops::BatchNormInference>(norm)) continue;
        const Value& x = graph.value(norm.inputs.at(0));
        if (x.producer < 0) continue;
        const Node& before = graph.nodes().at(static_cast<size_t>(x.producer));
        if (as<ConvolutionOperator>(before)) fold(state, graph, as_convolution(before), norm);
    }
}

void round_to_half(StateDict& state) {
    for (NamedTensor& tensor : state.tensors) {
        if (tensor.dtype != WeightType::f32) continue;
        const std::vector<float> values = to_floats(tensor);
        std::vector<uint16_t> rounded;
        for (const float value : values) {
            rounded.push_back(to_half(value));
            if (std::isfinite(value) && !std::isfinite(from_half(rounded.back())))
                throw WeightsError("{}: {} is beyond float16's range; write it without --fp16", tensor.name,
                                   value);
        }
        tensor.dtype = WeightType::f16;
        const auto bytes = std::as_bytes(std::span(rounded));
        tensor.data.assign(bytes.begin(), bytes.end());
    }
}

void rename_to_original(StateDict& state, const OriginalTensors& originals) {
    for (NamedTensor& tensor : state.tensors)
        if (const auto found = originals.find(tensor.name); found != originals.end()) {
            tensor.shape = found->second.shape;
            tensor.name = found->second.name;
        }
}

}  // namespace vkm::graph
