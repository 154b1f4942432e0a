#include <graph/flat_buffers.h>
#include <graph/gradients.h>
#include <graph/models/network.h>
#include <graph/ops/all_reduce.h>
#include <graph/ops/augment.h>
#include <graph/ops/cast.h>
#include <graph/ops/copy.h>
#include <graph/ops/loss_scale.h>
#include <graph/ops/softmax_cross_entropy.h>
#include <graph/passes/reduce_gradients.h>
#include <graph/passes/training.h>
#include <train/optimizers.h>
#include <train/step_graph.h>

#include <algorithm>

namespace vkm::train {
namespace {

using namespace graph;

// Returns the part of the augmentation that runs on the device.
ops::Augment on_device(const Augmentation& augmentation) {
    return {.crop_padding = augmentation.crop == Crop::pad4 ? 4 : 0, .random_flip = augmentation.flip};
}

// Adds the batch as the host hands it over, normalised on the device unless it is already.
ValueId add_inputs(StepGraph& step, const ModelConfig& model, const StepShape& shape, ops::Augment augment) {
    const Shape images{shape.local_batch, model.input_size, model.input_size, 3};
    step.labels = step.graph.input("labels", {DType::i32, {shape.local_batch, 1, 1, 1}});
    augment.output = shape.storage;
    if (shape.pixels == PixelType::floats) {
        step.images = step.graph.input("images", f32(images));
        if (shape.storage == DType::f32) return step.images;
        return step.graph.add1("images", ops::cast(shape.storage), {step.images});
    }
    step.images = step.graph.input("images", {DType::u8, images});
    std::copy(model.mean.begin(), model.mean.end(), augment.mean.begin());
    std::copy(model.std.begin(), model.std.end(), augment.deviation.begin());
    return step.graph.add1("augment", ops::augment(augment), {step.images, step.graph.step_params()});
}

void add_loss(StepGraph& step, double label_smoothing, int64_t global_batch, bool scaled = false) {
    std::vector<ValueId> inputs{step.logits, step.labels};
    if (scaled) inputs.push_back(ops::loss_scale(step.graph));
    step.metrics = step.graph.add1("loss", ops::softmax_cross_entropy({label_smoothing, global_batch}),
                                   std::move(inputs));
    step.graph.value(step.metrics).role = Role::metric;
}

ValueId add_verdict(StepGraph& step, ValueId gradients) {
    step.loss_scale_verdict =
        step.graph.add1("loss_scale", ops::update_loss_scale(), {gradients, ops::loss_scale(step.graph)});
    step.graph.value(step.loss_scale_verdict).role = Role::metric;
    return step.loss_scale_verdict;
}

}  // namespace

StepGraph training_step(const ModelConfig& model, const Recipe& recipe, const StepShape& shape) {
    return training_step(model, recipe, shape, make_optimizer(recipe.optimizer));
}

StepGraph training_step(const ModelConfig& model, const Recipe& recipe, const StepShape& shape,
                        std::shared_ptr<const Optimizer> optimizer) {
    StepGraph step;
    const ValueId images = add_inputs(step, model, shape, on_device(recipe.augmentation));
    const bool synchronised = recipe.sync_bn && shape.replicas > 1;
    step.logits =
        build_network(step.graph, model, images, synchronised ? Mode::training_synchronised : Mode::training);
    const bool mixed_precision = shape.storage == DType::f16;
    add_loss(step, recipe.label_smoothing, shape.global_batch, mixed_precision);
    pack_parameters(step.graph);
    add_gradients(step.graph, step.metrics);
    if (recipe.fuse) step.graph = fuse_training(step.graph, shape.fusion);
    ValueId loss = step.metrics;  // of the whole batch: either every replica makes the update or none does
    if (shape.replicas > 1) {
        step.graph = reduce_gradients(std::move(step.graph));
        loss = step.graph.add1("loss", ops::copy(), {step.metrics});
        step.graph.add("loss", ops::all_reduce(Reduction::sum), {loss});
    }
    const ValueId verdict =
        mixed_precision ? add_verdict(step, flat_buffer(step.graph, Role::gradient)) : no_value;
    add_optimizer(step.graph, std::move(optimizer), loss, verdict);
    return step;
}

EvaluationStep evaluation_step(const ModelConfig& model, const StepShape& shape, double label_smoothing,
                               Granularity granularity) {
    StepGraph network;
    const ValueId images = add_inputs(network, model, shape, {});
    network.logits = build_network(network.graph, model, images, Mode::evaluation);
    add_loss(network, label_smoothing, 1);
    InferenceGraph inference = for_inference(network.graph, granularity);
    StepGraph step{.graph = inference.graph,
                   .images = inference.at(network.images),
                   .labels = inference.at(network.labels),
                   .logits = inference.at(network.logits),
                   .metrics = inference.at(network.metrics)};
    pack_parameters(step.graph);
    return {std::move(step), std::move(network.graph), std::move(inference)};
}

}  // namespace vkm::train
