#include <graph/flat_buffers.h>
#include <graph/gradients.h>
#include <graph/models/network.h>
#include <graph/ops/accumulate.h>
#include <graph/ops/all_reduce.h>
#include <graph/ops/clip_gradients.h>
#include <graph/ops/copy.h>
#include <graph/ops/loss_scale.h>
#include <graph/ops/mix_images.h>
#include <graph/ops/softmax_cross_entropy.h>
#include <graph/ops/target_loss.h>
#include <graph/passes/cut.h>
#include <graph/passes/reduce_gradients.h>
#include <graph/passes/training.h>
#include <train/input_graph.h>
#include <train/optimizers.h>
#include <train/step_graph.h>

#include <algorithm>

namespace vkm::train {
namespace {

using namespace graph;

void add_loss(StepGraph& step, double label_smoothing, int64_t global_batch, bool scaled = false) {
    std::vector<ValueId> inputs{step.logits, step.labels};
    if (scaled) inputs.push_back(ops::loss_scale(step.graph));
    step.metrics = step.graph.add1("loss", ops::softmax_cross_entropy({label_smoothing, global_batch}),
                                   std::move(inputs));
    step.graph.value(step.metrics).role = Role::metric;
}

// Adds the inputs of a loss that needs more than labels, and mixes the images. Returns those.
ValueId add_loss_inputs(StepGraph& step, const Recipe& recipe, const StepShape& shape, int64_t classes,
                        ValueId images) {
    const LossRecipe& loss = recipe.loss;
    step.loss_inputs = {loss, shape.global_batch};
    if (!loss.class_weights.empty())
        step.class_weights = step.graph.input("class_weights", channel_vector(classes));
    if (step.loss_inputs.has_terms())
        step.sample_terms = step.graph.input("sample_terms", ops::sample_terms_type(shape.local_batch));
    if (!loss.mixing.mixes()) return images;
    return step.graph.add1("mix", ops::mix_images(), {images, step.sample_terms});
}

// Adds a loss beyond the cross-entropy of labels.
void add_target_loss(StepGraph& step, const Recipe& recipe, int64_t global_batch, bool scaled) {
    const LossRecipe& loss = recipe.loss;
    std::vector<ValueId> inputs{step.logits, step.labels};
    for (const ValueId input : {step.sample_terms, step.class_weights})
        if (input != no_value) inputs.push_back(input);
    if (scaled) inputs.push_back(ops::loss_scale(step.graph));
    step.metrics = step.graph.add1("loss",
                                   ops::target_loss({.label_smoothing = recipe.label_smoothing,
                                                     .global_batch = global_batch,
                                                     .sigmoid = loss.bce,
                                                     .summed = loss.bce_sum,
                                                     .threshold = loss.bce_threshold,
                                                     .sample_terms = step.sample_terms != no_value,
                                                     .class_weights = step.class_weights != no_value}),
                                   std::move(inputs));
    step.graph.value(step.metrics).role = Role::metric;
}

ops::LossScale loss_scale_of(const Recipe& recipe) {
    if (!recipe.loss_scale_exponent) return {};
    return {.lowest_exponent = *recipe.loss_scale_exponent, .highest_exponent = *recipe.loss_scale_exponent};
}

ValueId add_verdict(StepGraph& step, ValueId gradients, const ops::LossScale& scale) {
    step.loss_scale_verdict = step.graph.add1("loss_scale", ops::update_loss_scale(scale),
                                              {gradients, ops::loss_scale(step.graph)});
    step.graph.value(step.loss_scale_verdict).role = Role::metric;
    return step.loss_scale_verdict;
}

// Holds what a step of several batches has of those before.
struct Accumulated {
    ValueId gradients, metrics;
};

Accumulated add_accumulated(Graph& graph, ValueId gradients, ValueId metrics) {
    const auto add = [&](const char* name, ValueId of) {
        return graph.add_value({.name = name, .type = graph.type(of), .role = Role::gradient, .info = {}});
    };
    return {add("accumulated_gradients", gradients), add("accumulated_metrics", metrics)};
}

// Returns the ranges that adaptive clipping is for: all but the last layer's. timm leaves out the last two parameters,
// which of its networks are that layer's weight and bias; a layer here may have none, or batch norm behind it.
ParameterRanges without_last_layer(const Graph& graph, ParameterRanges ranges) {
    std::vector<std::string> last;
    for (const Value& value : graph.values()) {
        if (!value.info || (value.role != Role::parameter && value.role != Role::frozen)) continue;
        if (value.info->layout == WeightLayout::matrix) last.clear();
        last.push_back(value.name);
    }
    std::erase_if(ranges, [&](const ParameterRange& range) {
        return std::ranges::find(last, range.name) != last.end();
    });
    return ranges;
}

// Adds what bounds the gradients, and returns the verdict that the optimizer gets.
ValueId add_clipping(StepGraph& step, const Clipping& clipping, const ParameterRanges& ranges,
                     ValueId verdict) {
    Graph& graph = step.graph;
    const ValueId gradients = flat_buffer(graph, Role::gradient);
    const auto with_verdict = [&](std::vector<ValueId> inputs) {
        if (verdict != no_value) inputs.push_back(verdict);
        return inputs;
    };
    if (clipping.adaptive)
        graph.add("clip",
                  ops::clip_gradients_adaptively({*clipping.adaptive}, without_last_layer(graph, ranges)),
                  with_verdict({gradients, flat_buffer(graph, Role::parameter)}));
    if (clipping.value)
        graph.add("clip", ops::clip_gradient_values(*clipping.value), with_verdict({gradients}));
    if (!clipping.norm) return verdict;
    step.gradient_norm =
        graph.add1("clip", ops::clip_gradient_norm(*clipping.norm), with_verdict({gradients}));
    graph.value(step.gradient_norm).role = Role::metric;
    return step.gradient_norm;
}

// Takes out what is computed of images alone, whatever the step.
void begin_at_features(StepGraph& step, ValueId images) {
    const std::optional<ValueId> features = features_of(step.graph, images);
    if (!features)
        throw NoFeatures(
            "no part of this network makes the same of an image all along, so its features cannot be computed once: "
            "freeze its first layers (--freeze backbone), and leave out what mixes images, or --cache-features");
    step.features = step.graph.value(*features).name;
    step.images = begin_at(step.graph, *features);
}

// Builds a step up to the gradients of its own batch; `ranges` gets where the parameters lie.
StepGraph add_backward(const ModelConfig& model, const Recipe& recipe, const StepShape& shape,
                       ParameterRanges& ranges) {
    StepGraph step;
    const ValueId given = add_inputs(step, model, shape, recipe.augmentation);
    const ValueId images = add_loss_inputs(step, recipe, shape, model.num_classes, given);
    const bool synchronised = recipe.sync_bn && shape.replicas > 1;
    step.logits =
        build_network(step.graph, model, images, synchronised ? Mode::training_synchronised : Mode::training,
                      recipe.frozen, recipe.drop_path);
    const bool mixed_precision = shape.storage == DType::f16;
    if (recipe.loss.is_plain())
        add_loss(step, recipe.label_smoothing, shape.global_batch, mixed_precision);
    else
        add_target_loss(step, recipe, shape.global_batch, mixed_precision);
    if (shape.pixels == PixelType::features) begin_at_features(step, given);
    FrozenGraph frozen = infer_frozen(step.graph);
    step.graph = std::move(frozen.graph);
    step.derived = std::move(frozen.derived);
    pack_parameters(step.graph);
    ranges = parameter_ranges(step.graph);
    spare(ranges, recipe.without_decay);
    add_gradients(step.graph, step.metrics);
    if (recipe.fuse) step.graph = fuse_training(step.graph, shape.fusion);
    return step;
}

using MakeOptimizer = std::function<std::shared_ptr<const Optimizer>(ParameterRanges)>;

StepGraph build_step(const ModelConfig& model, const Recipe& recipe, const StepShape& shape,
                     const MakeOptimizer& make) {
    ParameterRanges ranges;
    StepGraph step = add_backward(model, recipe, shape, ranges);
    ValueId loss = step.metrics;  // of the whole step: either every replica makes the update or none does
    if (recipe.accumulation > 1) {
        const ValueId gradients = flat_buffer(step.graph, Role::gradient);
        const Accumulated before = add_accumulated(step.graph, gradients, step.metrics);
        const ValueId params = step.graph.step_params();
        step.graph.add("accumulation", ops::accumulated_mean(), {gradients, before.gradients, params});
        loss = step.graph.add1("loss", ops::copy(), {step.metrics});
        step.graph.add("accumulation", ops::accumulated_mean(), {loss, before.metrics, params});
    }
    step.update = step.graph.nodes().size();
    if (shape.replicas > 1) {
        step.graph = reduce_gradients(std::move(step.graph));
        if (loss == step.metrics) loss = step.graph.add1("loss", ops::copy(), {step.metrics});
        step.graph.add("loss", ops::all_reduce(Reduction::sum), {loss});
        step.whole = loss;
        step.graph.value(loss).role = Role::metric;
    }
    ValueId verdict = no_value;
    if (shape.storage == DType::f16)
        verdict = add_verdict(step, flat_buffer(step.graph, Role::gradient), loss_scale_of(recipe));
    verdict = add_clipping(step, recipe.clipping, ranges, verdict);
    add_optimizer(step.graph, make(std::move(ranges)), loss, verdict);
    if (recipe.average) add_weight_average(step.graph, *recipe.average, loss, verdict);
    return step;
}

}  // namespace

StepShape in_pairs(StepShape shape, const Recipe& recipe) {
    if (recipe.loss.mixing.mixes()) shape.local_batch += shape.local_batch % 2;
    return shape;
}

StepGraph training_step(const ModelConfig& model, const Recipe& recipe, const StepShape& shape) {
    return build_step(model, recipe, shape, [&](ParameterRanges ranges) {
        return make_optimizer(recipe.optimizer, std::move(ranges));
    });
}

StepGraph training_step(const ModelConfig& model, const Recipe& recipe, const StepShape& shape,
                        std::shared_ptr<const Optimizer> optimizer) {
    return build_step(model, recipe, shape, [&](const ParameterRanges&) { return optimizer; });
}

StepGraph accumulating_step(const ModelConfig& model, const Recipe& recipe, const StepShape& shape) {
    ParameterRanges ranges;
    StepGraph step = add_backward(model, recipe, shape, ranges);
    const ValueId gradients = flat_buffer(step.graph, Role::gradient);
    const Accumulated sums = add_accumulated(step.graph, gradients, step.metrics);
    const ValueId params = step.graph.step_params();
    step.graph.add("accumulation", ops::accumulate(), {gradients, sums.gradients, params});
    step.graph.add("accumulation", ops::accumulate(), {step.metrics, sums.metrics, params});
    step.update = step.graph.nodes().size();
    return step;
}

StepGraph statistics_step(const ModelConfig& config, const Recipe& recipe, const StepShape& shape) {
    ModelConfig model = config;
    model.bn_momentum = 1;
    model.dropout = 0;
    StepGraph step;
    const ValueId images = add_inputs(step, model, shape, recipe.augmentation);
    const bool synchronised = recipe.sync_bn && shape.replicas > 1;
    step.logits = build_network(step.graph, model, images,
                                synchronised ? Mode::training_synchronised : Mode::training, recipe.frozen);
    add_loss(step, 0, shape.global_batch);
    pack_parameters(step.graph);
    return step;
}

namespace {

EvaluationStep for_evaluation(StepGraph network, Granularity granularity) {
    InferenceGraph inference = for_inference(network.graph, granularity);
    const auto kept = [&](ValueId id) { return id == no_value ? no_value : inference.at(id); };
    StepGraph step{{.images = inference.at(network.images),
                    .tables = kept(network.tables),
                    .programs = kept(network.programs),
                    .labels = inference.at(network.labels),
                    .metrics = kept(network.metrics)},
                   inference.graph,
                   inference.at(network.logits)};
    pack_parameters(step.graph);
    return {std::move(step), std::move(network.graph), std::move(inference)};
}

}  // namespace

EvaluationStep evaluation_step(const ModelConfig& model, const StepShape& shape, double label_smoothing,
                               Granularity granularity, const std::string& features) {
    StepGraph network;
    const ValueId images = add_inputs(network, model, shape, {});
    network.logits = build_network(network.graph, model, images, Mode::evaluation);
    add_loss(network, label_smoothing, 1);
    if (shape.pixels == PixelType::features)
        network.images = begin_at(network.graph, network.graph.find(features));
    return for_evaluation(std::move(network), granularity);
}

EvaluationStep feature_step(const ModelConfig& model, const Augmentation& augmentation,
                            const StepShape& shape, const std::string& features) {
    StepGraph network;
    const ValueId images = add_inputs(network, model, shape, augmentation);
    build_network(network.graph, model, images, Mode::evaluation);
    network.logits = network.graph.find(features);
    end_at(network.graph, network.logits);
    return for_evaluation(std::move(network), Granularity::blocks);
}

}  // namespace vkm::train
