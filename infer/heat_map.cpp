#include <graph/finite.h>
#include <graph/flat_buffers.h>
#include <graph/gradients.h>
#include <graph/models/network.h>
#include <graph/ops/activation.h>
#include <graph/ops/augment.h>
#include <graph/ops/batch_norm.h>
#include <graph/passes/inference.h>
#include <graph/passes/part_of.h>
#include <graph/run/executor.h>
#include <graph/weight_layout.h>
#include <graph/weights/parameters.h>
#include <image/crop.h>
#include <infer/heat_map.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <numeric>
#include <optional>

namespace vkm::infer {
namespace {

using graph::Graph;
using graph::HostTensor;
using graph::ValueId;

// Returns a parameter's value by its name in the state dict.
using NamedWeights = std::function<HostTensor(const graph::ParameterInfo&)>;

// Makes activations nodes of their own, which have a gradient: batch norm as inference runs it has none.
// Folding then leaves convolutions without an activation.
Graph with_separate_activations(Graph graph) {
    std::vector<graph::Node> nodes;
    for (const graph::Node& node : std::vector(graph.nodes())) {
        const auto* norm = graph::as<graph::ops::BatchNormInference>(node);
        if (norm == nullptr || norm->activation == graph::Activation::none) {
            nodes.push_back(node);
            continue;
        }
        const ValueId y = node.outputs.at(0);
        const ValueId z = graph.add_value({.name = node.layer, .type = graph.type(y), .info = {}});
        nodes.push_back({node.layer,
                         graph::ops::batch_norm_inference({norm->epsilon, graph::Activation::none}),
                         node.inputs,
                         {z}});
        nodes.push_back({node.layer, graph::ops::activation(norm->activation), {z}, {y}});
    }
    graph.set_nodes(std::move(nodes));
    return graph;
}

// Holds a part of an inference graph, and where the whole one's values are in it.
struct Part {
    graph::InferenceGraph ready;
    std::vector<ValueId> moved;

    ValueId at(ValueId of_the_whole) const { return moved.at(static_cast<size_t>(of_the_whole)); }
};

Part part_of(const graph::InferenceGraph& whole, std::span<const ValueId> inputs,
             std::span<const ValueId> outputs) {
    graph::CompactGraph compact = graph::part_of(whole.graph, inputs, outputs);
    Part part{{std::move(compact.graph), whole.moved, whole.foldings}, std::move(compact.moved)};
    for (ValueId& id : part.ready.moved)
        if (id != graph::no_value) id = part.at(id);
    for (graph::Folding& folding : part.ready.foldings) {
        folding.weight = part.at(folding.weight);
        folding.bias = part.at(folding.bias);
    }
    std::erase_if(part.ready.foldings, [](const graph::Folding& f) {
        return f.weight == graph::no_value && f.bias == graph::no_value;
    });
    return part;
}

// Runs a part of a network, whose weights it uploads.
class Runner {
  public:
    using Inputs = std::vector<std::pair<ValueId, std::vector<std::byte>>>;

    // `original` has the parameters under the ids that the part's weights are made of.
    Runner(graph::DeviceState& state, graph::InferenceGraph ready, const Graph& original,
           const NamedWeights& weights, const std::function<void(size_t, size_t)>& progress)
        : graph_(std::make_unique<Graph>(std::move(ready.graph))) {
        graph::pack_parameters(*graph_);
        ready.graph = *graph_;
        const auto upload = [&] {
            ready.each_weight([&](ValueId id) { return weights(*original.value(id).info); },
                              [&](ValueId id, const HostTensor& value) {
                                  if (id != graph::no_value) state.write(*graph_, id, value);
                              });
        };
        executor_ = std::make_unique<graph::Executor>(
            std::vector<graph::Executor::Replica>{{&state, graph_.get()}},
            graph::Executor::Options{.slots = 1, .compile_progress = progress, .while_compiling = upload});
    }

    const graph::TensorType& type(ValueId id) const { return graph_->type(id); }

    // Inputs that the part does not depend on are no_value, and passed over.
    HostTensor run(const Inputs& inputs, ValueId output) {
        const graph::Executor::Slot slot = executor_->begin();
        for (const auto& [id, bytes] : inputs) {
            if (id == graph::no_value) continue;
            const std::span<std::byte> to = executor_->input(slot, 0, id);
            if (bytes.size() > to.size()) throw Error("{} bytes are no input of {}", bytes.size(), to.size());
            std::memcpy(to.data(), bytes.data(), bytes.size());
        }
        executor_->set_step(slot, 0, {});
        executor_->submit(slot);
        executor_->wait(slot);
        return graph::from_bytes(executor_->metric(slot, 0, output), type(output));
    }

  private:
    std::unique_ptr<Graph> graph_;
    std::unique_ptr<graph::Executor> executor_;
};

}  // namespace

/// From the pixels of one image to the last feature map.
class HeatMaps::Features {
  public:
    Features(graph::PlannedDevice& device, const graph::ModelConfig& config, const NamedWeights& weights,
             const Options& options)
        : state_(std::make_unique<graph::DeviceState>(device)) {
        Graph network;
        const ValueId images =
            network.input("images", {graph::DType::u8, {1, config.input_size, config.input_size, 3}});
        graph::ops::Augment normalise{.output = options.precision};
        std::copy(config.mean.begin(), config.mean.end(), normalise.mean.begin());
        std::copy(config.std.begin(), config.std.end(), normalise.deviation.begin());
        const ValueId x =
            network.add1("normalise", graph::ops::augment(normalise), {images, network.step_params()});
        graph::build_network(network, config, x, graph::Mode::evaluation);
        const ValueId map = graph::last_feature_map(network);
        network.value(map).role = graph::Role::metric;  // so that no pass fuses it away
        const graph::InferenceGraph ready = graph::for_inference(network);
        const std::array inputs{ready.at(images)}, outputs{ready.at(map)};
        Part part = infer::part_of(ready, inputs, outputs);
        images_ = part.at(inputs[0]);
        features_ = part.at(outputs[0]);
        runner_.emplace(*state_, std::move(part.ready), network, weights, options.compile_progress);
    }

    graph::DeviceState& state() { return *state_; }

    HostTensor run(const image::Image& crop) {
        const std::span<const std::byte> bytes = std::as_bytes(std::span(crop.rgb));
        std::vector<std::byte> images(static_cast<size_t>(
            graph::TensorType{graph::DType::u8, {1, crop.height, crop.width, 3}}.bytes()));
        std::copy(bytes.begin(), bytes.end(), images.begin());
        return runner_->run({{images_, std::move(images)}}, features_);
    }

  private:
    std::unique_ptr<graph::DeviceState> state_;
    ValueId images_ = graph::no_value, features_ = graph::no_value;
    std::optional<Runner> runner_;
};

/// From the last feature map and what weighs the logits to the gradient of their sum.
class HeatMaps::Head {
  public:
    Head(graph::DeviceState& state, const graph::ModelConfig& config, const NamedWeights& weights,
         const Options& options)
        : state_(state.beside()) {
        Graph network;
        const ValueId images =
            network.input("images", graph::f32({options.classes, config.input_size, config.input_size, 3}));
        const ValueId logits = graph::build_network(network, config, images, graph::Mode::evaluation);
        const std::array map{graph::last_feature_map(network)}, answer{logits};
        const graph::CompactGraph head = graph::part_of(network, map, answer);
        const Graph original = with_separate_activations(head.graph);
        graph::FoldedGraph folded = graph::fold_batch_norm(original);
        const ValueId x = head.moved.at(static_cast<size_t>(map[0])),
                      y = head.moved.at(static_cast<size_t>(logits));
        features_type_ = folded.graph.type(x);
        weigh_type_ = folded.graph.type(y);
        const ValueId weigh = folded.graph.input("weigh", weigh_type_);
        const ValueId gradient = graph::add_gradient(folded.graph, y, weigh, x);
        graph::InferenceGraph whole{std::move(folded.graph), std::vector<ValueId>(original.values().size()),
                                    std::move(folded.foldings)};
        std::iota(whole.moved.begin(), whole.moved.end(), 0);
        const std::array inputs{x, weigh};
        const std::array outputs{gradient};
        Part part = infer::part_of(whole, inputs, outputs);
        features_ = part.at(x);
        weigh_ = part.at(weigh);
        gradient_ = part.at(gradient);
        runner_.emplace(*state_, std::move(part.ready), original, weights, options.compile_progress);
    }

    HostTensor run(const HostTensor& features, std::span<const int64_t> classes) {
        HostTensor repeated(features_type_.shape), weigh(weigh_type_.shape);
        for (size_t i = 0; i < repeated.values.size(); ++i)
            repeated.values[i] = features.values[i % features.values.size()];
        for (size_t i = 0; i < classes.size(); ++i)
            weigh.at(static_cast<int64_t>(i), classes[i]) = 1;
        return runner_->run({{features_, graph::to_bytes(repeated, features_type_)},
                             {weigh_, graph::to_bytes(weigh, weigh_type_)}},
                            gradient_);
    }

  private:
    std::unique_ptr<graph::DeviceState> state_;
    ValueId features_ = graph::no_value, weigh_ = graph::no_value, gradient_ = graph::no_value;
    graph::TensorType features_type_, weigh_type_;
    std::optional<Runner> runner_;
};

namespace {

// Returns relu(sum over channels of the mean gradient times the features).
HeatMap map_of(const HostTensor& features, const HostTensor& gradient, int64_t n) {
    const graph::Shape& shape = features.shape;
    const int64_t pixels = shape.h * shape.w;
    std::vector<double> weights(static_cast<size_t>(shape.c));
    for (int64_t pixel = 0; pixel < pixels; ++pixel)
        for (int64_t c = 0; c < shape.c; ++c)
            weights[static_cast<size_t>(c)] +=
                gradient.at(n * pixels + pixel, c) / static_cast<double>(pixels);
    HeatMap map{static_cast<int>(shape.h), static_cast<int>(shape.w), {}};
    for (int64_t pixel = 0; pixel < pixels; ++pixel) {
        double sum = 0;
        for (int64_t c = 0; c < shape.c; ++c)
            sum += weights[static_cast<size_t>(c)] * features.at(pixel, c);
        if (!std::isfinite(sum)) throw graph::NonFinite("a heat map is not finite");
        map.values.push_back(std::max(sum, 0.0));
    }
    return map;
}

// Returns where in an image the pixels are that the network sees.
image::Rectangle seen_part(const image::Resize& crop) {
    const double down = static_cast<double>(crop.crop.height) / crop.height,
                 across = static_cast<double>(crop.crop.width) / crop.width;
    const auto round = [](double value) { return static_cast<int>(std::lround(value)); };
    return {.top = crop.crop.top + round(crop.window.top * down),
            .left = crop.crop.left + round(crop.window.left * across),
            .height = std::max(1, round(crop.window.height * down)),
            .width = std::max(1, round(crop.window.width * across))};
}

}  // namespace

HeatMaps::HeatMaps(graph::PlannedDevice& device, const graph::ModelConfig& config,
                   const graph::StateDict& weights, const Options& options)
    : config_(config), classes_(std::clamp<int64_t>(options.classes, 1, config.num_classes)) {
    Graph network;
    graph::build_network(network, config,
                         network.input("images", graph::f32({1, config.input_size, config.input_size, 3})),
                         graph::Mode::evaluation);
    const graph::MatchedWeights matched = graph::match_weights(network, weights);
    std::map<std::string, size_t> tensors;
    for (const auto& [id, tensor] : matched.tensors)
        tensors[network.value(id).info->name] = tensor;
    const NamedWeights value = [&](const graph::ParameterInfo& info) {
        return graph::to_stored(info, graph::to_floats(weights.tensors[tensors.at(info.name)]));
    };
    Options part = options;
    part.classes = classes_;
    features_ = std::make_unique<Features>(device, config, value, part);
    head_ = std::make_unique<Head>(features_->state(), config, value, part);
}

HeatMaps::~HeatMaps() = default;
HeatMaps::HeatMaps(HeatMaps&&) noexcept = default;

Explanation HeatMaps::explain(const image::Image& image, std::span<const int64_t> classes) {
    const image::Resize crop =
        image::evaluation_crop(image.height, image.width, static_cast<int>(config_.input_size),
                               config_.crop_pct, config_.eval_resize);
    const HostTensor features = features_->run(image::resize(image, crop, config_.interpolation));
    Explanation explanation{.seen = seen_part(crop), .maps = {}};
    for (size_t first = 0; first < classes.size(); first += static_cast<size_t>(classes_)) {
        const auto now =
            classes.subspan(first, std::min(static_cast<size_t>(classes_), classes.size() - first));
        const HostTensor gradient = head_->run(features, now);
        for (size_t i = 0; i < now.size(); ++i)
            explanation.maps.push_back(map_of(features, gradient, static_cast<int64_t>(i)));
    }
    return explanation;
}

}  // namespace vkm::infer
