#include <graph/finite.h>
#include <graph/flat_buffers.h>
#include <graph/models/initialise.h>
#include <graph/models/network.h>
#include <graph/ops/augment.h>
#include <graph/passes/inference.h>
#include <graph/weight_layout.h>
#include <infer/inference.h>

#include <algorithm>
#include <cmath>
#include <cstring>

namespace vkm::infer {
namespace {

// Holds the graph from bytes to logits, normalised on the device; before and after the passes.
struct Prepared {
    graph::Graph network;
    graph::InferenceGraph ready;
    graph::Graph graph;
    graph::ValueId images = graph::no_value, logits = graph::no_value;
};

Prepared prepare(const graph::ModelConfig& config, int64_t batch_size, graph::DType precision,
                 graph::Granularity granularity = graph::Granularity::blocks) {
    Prepared p;
    const graph::ValueId images =
        p.network.input("images", {graph::DType::u8, {batch_size, config.input_size, config.input_size, 3}});
    graph::ops::Augment normalise{.output = precision};  // the network follows its images' type
    std::copy(config.mean.begin(), config.mean.end(), normalise.mean.begin());
    std::copy(config.std.begin(), config.std.end(), normalise.deviation.begin());
    const graph::ValueId x =
        p.network.add1("normalise", graph::ops::augment(normalise), {images, p.network.step_params()});
    const graph::ValueId logits = graph::build_network(p.network, config, x, graph::Mode::evaluation);
    p.network.value(logits).role = graph::Role::metric;
    p.ready = graph::for_inference(p.network, granularity);
    p.graph = p.ready.graph;
    graph::pack_parameters(p.graph);
    p.images = p.ready.at(images);
    p.logits = p.ready.at(logits);
    return p;
}

}  // namespace

Inference::Inference(graph::PlannedDevice& device, const graph::ModelConfig& config, graph::StateDict weights,
                     const Options& options)
    : Inference(device, config, std::optional(std::move(weights)), options) {}

Inference::Inference(graph::PlannedDevice& device, const graph::ModelConfig& config, const Options& options)
    : Inference(device, config, std::nullopt, options) {}

Inference::Inference(graph::PlannedDevice& device, const graph::ModelConfig& config,
                     std::optional<graph::StateDict> weights, const Options& options)
    : config_(config),
      storage_(options.precision),
      device_(device.description()),
      state_(std::make_unique<graph::DeviceState>(device)) {
    Prepared prepared = prepare(config, options.batch_size, options.precision);
    const graph::MatchedWeights matched =
        weights ? graph::match_weights(prepared.network, *weights) : graph::MatchedWeights{};
    const graph::WeightSource value = [&](graph::ValueId id) {
        const graph::ParameterInfo& info = *prepared.network.value(id).info;
        if (!weights) return graph::initial_value(info, 0);
        graph::NamedTensor& tensor = weights->tensors[matched.tensors.at(id)];
        graph::HostTensor stored = graph::to_stored(info, graph::to_floats(tensor));
        tensor.data = {};  // each is asked for once
        return stored;
    };
    graph_ = std::make_unique<graph::Graph>(std::move(prepared.graph));
    images_ = prepared.images;
    logits_ = prepared.logits;
    executor_ = std::make_unique<graph::Executor>(
        std::vector<graph::Executor::Replica>{{state_.get(), graph_.get()}},
        graph::Executor::Options{.slots = options.slots,
                                 .profile = options.profile,
                                 .compile_progress = options.compile_progress,
                                 .while_compiling = [&] {
                                     prepared.ready.each_weight(
                                         value, [&](graph::ValueId id, const graph::HostTensor& stored) {
                                             state_->write(*graph_, id, stored);
                                         });
                                 }});
}

graph::HostTensor Inference::run(std::span<const uint8_t> images) {
    return finish(begin(images));
}

graph::Executor::Slot Inference::begin(std::span<const uint8_t> images) {
    const graph::Executor::Slot slot = executor_->begin();
    const std::span<std::byte> input = executor_->input(slot, 0, images_);
    if (images.size() > input.size())
        throw Error("{} bytes of images are more than a batch of {}", images.size(),
                    graph_->type(images_).shape.n);
    std::memcpy(input.data(), images.data(), images.size());
    executor_->set_step(slot, 0, {});
    executor_->submit(slot);
    return slot;
}

graph::HostTensor Inference::finish(graph::Executor::Slot slot) {
    executor_->wait(slot);
    return graph::from_bytes(executor_->metric(slot, 0, logits_), graph_->type(logits_));
}

void Inference::require_finite(const graph::HostTensor& logits, int64_t images) const {
    for (int64_t n = 0; n < images; ++n)
        require_finite_row(logits, n);
}

void Inference::require_finite_row(const graph::HostTensor& logits, int64_t row) const {
    for (int64_t c = 0; c < logits.shape.c; ++c)
        if (!std::isfinite(logits.at(row, c)))
            throw graph::NonFinite("on {} the output of class {} is not finite: {}", device_, c,
                                   graph::why_not_finite(storage_));
}

graph::Graph inference_graph(const graph::ModelConfig& config, int64_t batch_size, graph::DType precision,
                             graph::Granularity granularity) {
    return prepare(config, batch_size, precision, granularity).graph;
}

std::vector<engine::DispatchTime> Inference::times() const {
    return executor_->times(0, 0);
}

}  // namespace vkm::infer
