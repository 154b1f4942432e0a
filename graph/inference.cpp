#include <graph/gradients.h>
#include <graph/inference.h>
#include <graph/models/initialise.h>
#include <graph/models/network.h>
#include <graph/ops/augment.h>
#include <graph/passes/inference.h>
#include <graph/weight_layout.h>

#include <algorithm>
#include <cstring>

namespace vkm::graph {
namespace {

// Bytes in, normalised on the device, logits out; before and after the passes.
struct Prepared {
    Graph network;
    InferenceGraph ready;
    Graph graph;
    ValueId images = no_value, logits = no_value;
};

Prepared prepare(const ModelConfig& config, int64_t batch_size, DType precision,
                 Granularity granularity = Granularity::blocks) {
    Prepared p;
    const ValueId images =
        p.network.input("images", {DType::u8, {batch_size, config.input_size, config.input_size, 3}});
    ops::Augment normalise{.output = precision};  // the network follows its images' type
    std::copy(config.mean.begin(), config.mean.end(), normalise.mean.begin());
    std::copy(config.std.begin(), config.std.end(), normalise.deviation.begin());
    const ValueId x = p.network.add1("normalise", ops::augment(normalise), {images, p.network.step_params()});
    const ValueId logits = build_network(p.network, config, x, Mode::evaluation);
    p.network.value(logits).role = Role::metric;
    p.ready = for_inference(p.network, granularity);
    p.graph = p.ready.graph;
    pack_parameters(p.graph);
    p.images = p.ready.at(images);
    p.logits = p.ready.at(logits);
    return p;
}

}  // namespace

Inference::Inference(engine::Device& device, const ModelConfig& config, StateDict weights,
                     const Options& options)
    : Inference(device, config, std::optional(std::move(weights)), options) {}

Inference::Inference(engine::Device& device, const ModelConfig& config, const Options& options)
    : Inference(device, config, std::nullopt, options) {}

Inference::Inference(engine::Device& device, const ModelConfig& config, std::optional<StateDict> weights,
                     const Options& options)
    : config_(config), state_(std::make_unique<DeviceState>(device)) {
    Prepared prepared = prepare(config, options.batch_size, options.precision);
    const MatchedWeights matched = weights ? match_weights(prepared.network, *weights) : MatchedWeights{};
    const WeightSource value = [&](ValueId id) {
        const ParameterInfo& info = *prepared.network.value(id).info;
        if (!weights) return initial_value(info, 0);
        NamedTensor& tensor = weights->tensors[matched.tensors.at(id)];
        HostTensor stored = to_stored(info, to_floats(tensor));
        tensor.data = {};  // each is asked for once
        return stored;
    };
    graph_ = std::make_unique<Graph>(std::move(prepared.graph));
    images_ = prepared.images;
    logits_ = prepared.logits;
    executor_ = std::make_unique<Executor>(
        std::vector<Executor::Replica>{{state_.get(), graph_.get()}},
        Executor::Options{.slots = 1,
                          .profile = options.profile,
                          .compile_progress = options.compile_progress,
                          .while_compiling = [&] {
                              prepared.ready.each_weight(value, [&](ValueId id, const HostTensor& stored) {
                                  state_->write(*graph_, id, stored);
                              });
                          }});
}

HostTensor Inference::run(std::span<const uint8_t> images) {
    const Executor::Slot slot = executor_->begin();
    const std::span<std::byte> input = executor_->input(slot, 0, images_);
    if (images.size() > input.size())
        throw Error("{} bytes of images are more than a batch of {}", images.size(),
                    graph_->type(images_).shape.n);
    std::memcpy(input.data(), images.data(), images.size());
    executor_->set_step(slot, 0, {});
    executor_->submit(slot);
    executor_->wait(slot);
    return from_bytes(executor_->metric(slot, 0, logits_), graph_->type(logits_));
}

Graph inference_graph(const ModelConfig& config, int64_t batch_size, DType precision,
                      Granularity granularity) {
    return prepare(config, batch_size, precision, granularity).graph;
}

std::vector<engine::DispatchTime> Inference::times() const {
    return executor_->times(0, 0);
}

}  // namespace vkm::graph
