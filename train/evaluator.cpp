#include <graph/finite.h>
#include <graph/weights/parameters.h>
#include <train/evaluator.h>
#include <train/together.h>

#include <chrono>
#include <cmath>

namespace vkm::train {
namespace {

StepShape stored_as(graph::DType storage, StepShape shape) {
    shape.storage = storage;
    return shape;
}

// Adds up what the processes of a job have found, each in its shares of the batches.
Evaluation sum_over(graph::World& world, const Evaluation& mine) {
    struct Sums {
        int64_t images;
        double loss, top1, top5;
    };
    Evaluation all;
    for (const Sums& part : gather_values(world, Sums{mine.images, mine.loss, mine.top1, mine.top5})) {
        all.images += part.images;
        all.loss += part.loss;
        all.top1 += part.top1;
        all.top5 += part.top5;
    }
    return all;
}

}  // namespace

void load_inference_weights(ModelOnDevices& model, const EvaluationStep& weights, const graph::Graph& graph,
                            const ParameterValues& values) {
    std::map<std::string_view, const graph::HostTensor*> by_name;
    for (const graph::ValueId id : graph::weights_of(graph))
        by_name[graph.value(id).info->name] = &values.at(id);
    weights.inference.each_weight(
        [&](graph::ValueId id) { return *by_name.at(weights.network.value(id).info->name); },
        [&](graph::ValueId id, const graph::HostTensor& value) {
            for (size_t i = 0; i < model.count(); ++i)
                model.state(i).write(weights.step.graph, id, value);
        });
}

Evaluator::Evaluator(ModelOnDevices& replicas, const graph::ModelConfig& model, int64_t batch_size,
                     PixelType pixels, double label_smoothing, const StepExecutor::Progress& compile_progress,
                     graph::DType storage, bool logits, const std::string& features)
    : model_(replicas),
      storage_(storage),
      weights_(evaluation_step(model, stored_as(storage, replicas.shapes(batch_size, pixels).front()),
                               label_smoothing, graph::Granularity::blocks, features)),
      executor_(
          replicas, replicas.split(batch_size), pixels,
          [&](const StepShape& shape) {
              StepGraph step = evaluation_step(model, stored_as(storage, shape), label_smoothing,
                                               graph::Granularity::blocks, features)
                                   .step;
              if (logits) step.graph.value(step.logits).role = graph::Role::metric;
              return step;
          },
          StepExecutor::Options{.progress = compile_progress, .used_later = true}) {}

void Evaluator::load(const graph::Graph& graph, const ParameterValues& values) {
    load_inference_weights(model_, weights_, graph, values);
}

Evaluation Evaluator::run(Loader& loader, const std::function<void(int64_t)>& progress,
                          const OnLogits& on_logits) {
    const auto start = std::chrono::steady_clock::now();
    Evaluation result;
    StepPipeline pipeline(executor_, [&](const StepPipeline::Flight& flight) {
        const StepExecutor::Metrics metrics = executor_.metrics(flight.slot);
        if (!std::isfinite(metrics.loss))
            throw graph::NonFinite("the loss of images {} to {} is not finite: {}", result.images + 1,
                                   result.images + flight.batch->count, graph::why_not_finite(storage_));
        result.images += flight.batch->count;
        result.loss += metrics.loss;
        result.top1 += metrics.top1_hits;
        result.top5 += metrics.top5_hits;
        if (on_logits) on_logits(*flight.batch, executor_.logits(flight.slot, flight.batch->count));
        if (progress) progress(result.images);
    });
    while (Loader::Lease batch = loader.next())
        pipeline.launch(std::move(batch), {});
    pipeline.land_all();
    if (model_.job().has_others()) result = sum_over(model_.world(), result);
    if (result.images > 0) {
        const auto images = static_cast<double>(result.images);
        result.loss /= images;
        result.top1 /= images;
        result.top5 /= images;
        const std::chrono::duration<double> elapsed = std::chrono::steady_clock::now() - start;
        result.images_per_second = images / elapsed.count();
    }
    return result;
}

LoaderOptions evaluation_loading(const graph::ModelConfig& model, int64_t batch_size, int workers) {
    LoaderOptions options;
    options.mode = LoaderMode::evaluation;
    options.batch_size = static_cast<int>(batch_size);
    options.input_size = static_cast<int>(model.input_size);
    options.eval_resize = model.eval_resize;
    options.interpolation = model.interpolation;
    options.crop_pct = model.crop_pct;
    options.workers = workers;
    options.batches_ahead = StepPipeline::batches_ahead;
    return options;
}

}  // namespace vkm::train
