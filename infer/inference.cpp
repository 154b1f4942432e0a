#include <graph/finite.h>
#include <graph/flat_buffers.h>
#include <graph/measure/layer_timer.h>
#include <graph/models/initialise.h>
#include <graph/models/network.h>
#include <graph/ops/augment.h>
#include <graph/passes/inference.h>
#include <graph/weight_layout.h>
#include <infer/inference.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <utility>

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
    : Inference(std::vector{&device}, config, std::optional(std::move(weights)), options) {}

Inference::Inference(graph::PlannedDevice& device, const graph::ModelConfig& config, const Options& options)
    : Inference(std::vector{&device}, config, std::nullopt, options) {}

Inference::Inference(std::vector<graph::PlannedDevice*> devices, const graph::ModelConfig& config,
                     std::optional<graph::StateDict> weights, const Options& options)
    : config_(config), storage_(options.precision) {
    for (graph::PlannedDevice* const device : devices) {
        device_ += (device_.empty() ? "" : ", ") + device->description();
        states_.push_back(std::make_unique<graph::DeviceState>(*device));
    }
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
    images_ = prepared.images;
    logits_ = prepared.logits;
    place(std::move(prepared.graph));
    std::vector<graph::Executor::Replica> parts;
    for (size_t i = 0; i < states_.size(); ++i)
        parts.push_back({states_[i].get(), &graphs_[i]});
    bool written = false;  // while the first device's kernels are compiled
    const auto write = [&] {
        if (std::exchange(written, true)) return;
        prepared.ready.each_weight(value, [&](graph::ValueId id, const graph::HostTensor& stored) {
            for (size_t i = 0; i < states_.size(); ++i)
                states_[i]->write(graphs_[i], id, stored);
        });
    };
    executor_ = std::make_unique<graph::Executor>(
        std::move(parts), graph::Executor::Options{.slots = options.slots,
                                                   .profile = options.profile,
                                                   .compile_progress = options.compile_progress,
                                                   .while_compiling = write});
}

// Gives each device its part of the graph.
void Inference::place(graph::Graph graph) {
    if (states_.size() == 1) {
        graphs_.push_back(std::move(graph));
        return;
    }
    const size_t nodes = graph.nodes().size();
    const graph::BatchedStep step{&graph, {{0, nodes}}, nodes};
    const graph::StageLayers chosen = graph::choose_stages(graph::measured_costs(states_, step), 1);
    graphs_ = graph::split_in_stages(step, chosen);
    const std::vector<std::string> layers = graph::layers_of(step);
    for (size_t i = 0; i < chosen.count(); ++i) {
        const size_t end = i + 1 < chosen.count() ? chosen.begins[i + 1] : layers.size();
        stages_.push_back(fmt::format("stage {} of {}: {} to {} on {}", i + 1, chosen.count(),
                                      layers[chosen.begins[i]], layers[end - 1],
                                      states_[i]->device().description()));
    }
}

graph::HostTensor Inference::run(std::span<const uint8_t> images) {
    return finish(begin(images));
}

graph::Executor::Slot Inference::begin(std::span<const uint8_t> images) {
    const graph::Executor::Slot slot = executor_->begin();
    const std::span<std::byte> input = executor_->input(slot, 0, images_);
    if (images.size() > input.size())
        throw Error("{} bytes of images are more than a batch of {}", images.size(),
                    graph().type(images_).shape.n);
    std::memcpy(input.data(), images.data(), images.size());
    for (size_t i = 0; i < states_.size(); ++i)
        executor_->set_step(slot, i, {});
    executor_->submit(slot);
    return slot;
}

graph::HostTensor Inference::finish(graph::Executor::Slot slot) {
    executor_->wait(slot);
    return graph::from_bytes(executor_->metric(slot, states_.size() - 1, logits_), graph().type(logits_));
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
