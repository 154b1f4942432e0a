#include <graph/gradients.h>
#include <graph/inference.h>
#include <graph/models/initialise.h>
#include <graph/models/network.h>
#include <graph/ops/augment.h>
#include <graph/passes/inference.h>

#include <algorithm>
#include <cstring>

namespace vkm::graph {
namespace {

// Bytes in, normalised on the device, logits out.
struct Network {
    Graph graph;
    ValueId images = no_value, logits = no_value;
};

Network build(const ModelConfig& config, const Inference::Options& options) {
    Network network;
    network.images = network.graph.input(
        "images", {DType::u8, {options.batch_size, config.input_size, config.input_size, 3}});
    ops::Augment normalise;
    std::copy(config.mean.begin(), config.mean.end(), normalise.mean.begin());
    std::copy(config.std.begin(), config.std.end(), normalise.deviation.begin());
    const ValueId x =
        network.graph.add1("normalise", ops::augment(normalise), {network.images, network.graph.step_params()});
    network.logits = build_network(network.graph, config, x, Mode::evaluation);
    network.graph.value(network.logits).role = Role::metric;
    return network;
}

}  // namespace

Inference::Inference(engine::Device& device, const ModelConfig& config, const StateDict& weights,
                     const Options& options)
    : Inference(device, config, &weights, options) {}

Inference::Inference(engine::Device& device, const ModelConfig& config, const Options& options)
    : Inference(device, config, nullptr, options) {}

Inference::Inference(engine::Device& device, const ModelConfig& config, const StateDict* weights,
                     const Options& options)
    : config_(config), state_(std::make_unique<DeviceState>(device)) {
    Network network = build(config, options);
    const std::map<ValueId, HostTensor> values =
        weights != nullptr ? import_weights(network.graph, *weights).values : initial_values(network.graph, 0);
    const InferenceGraph ready = for_inference(network.graph);
    graph_ = std::make_unique<Graph>(ready.graph);
    pack_parameters(*graph_);
    images_ = ready.at(network.images);
    logits_ = ready.at(network.logits);
    executor_ = std::make_unique<Executor>(
        std::vector<Executor::Replica>{{state_.get(), graph_.get()}},
        Executor::Options{.slots = 1, .profile = options.profile, .compile_progress = options.compile_progress});
    for (const auto& [id, value] : ready.weights(values)) state_->write(*graph_, id, value);
}

HostTensor Inference::run(std::span<const uint8_t> images) {
    const Executor::Slot slot = executor_->begin();
    const std::span<std::byte> input = executor_->input(slot, 0, images_);
    if (images.size() > input.size())
        throw Error("{} bytes of images are more than a batch of {}", images.size(), graph_->type(images_).shape.n);
    std::memcpy(input.data(), images.data(), images.size());
    executor_->set_step(slot, 0, {});
    executor_->submit(slot);
    executor_->wait(slot);
    return from_bytes(executor_->metric(slot, 0, logits_), graph_->type(logits_));
}

std::vector<engine::DispatchTime> Inference::times() const { return executor_->times(0, 0); }

}  // namespace vkm::graph
