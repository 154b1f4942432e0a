#include <graph/finite.h>
#include <train/diagnosis.h>
#include <train/landed_steps.h>

#include <cmath>

namespace vkm::train {

LandedSteps::LandedSteps(const TrainerOptions& options, ModelOnDevices& replicas, TrainingSteps& steps)
    : options_(options), replicas_(replicas), steps_(steps), scores_(options.recipe.batch_size) {}

std::optional<LandedStep> LandedSteps::take(const StepPipeline::Flight& flight) {
    const std::optional<LossScaling> scaling = flight.executor->loss_scaling(flight.slot);
    const StepPipeline::FedBatch last{flight.batch, flight.params};
    for (size_t i = 0; i < flight.before.size(); ++i)
        take_batch(flight, flight.executor->metrics_before(i, flight.slot), flight.before[i]);
    take_batch(flight, flight.executor->metrics(flight.slot), last);
    if (scaling && scaling->exhausted && !options_.recipe.loss_scale_exponent)
        throw graph::NonFinite(
            "the gradients of step {} overflow fp16 even with the lowest loss scale, {}: {}, or train with "
            "--precision fp32{}",
            flight.params.step + 1, scaling->scale, first_bad_layer(flight, last),
            mention_of_checkpoint(options_.out));
    if (!flight.ends_step) return {};
    const StepScores::Means means = scores_.finish();
    if (const std::optional<StepExecutor::Metrics> whole = flight.executor->whole_metrics(flight.slot))
        return LandedStep{whole->loss, whole->top1_hits / static_cast<double>(options_.recipe.batch_size),
                          scaling};
    return LandedStep{means.loss, means.top1, scaling};
}

// Takes what came of one batch into those of its step.
void LandedSteps::take_batch(const StepPipeline::Flight& flight, const StepExecutor::Metrics& metrics,
                             const StepPipeline::FedBatch& fed) {
    if (!std::isfinite(metrics.loss))
        throw graph::NonFinite("the loss of step {} is not finite: {}{}", flight.params.step + 1,
                               first_bad_layer(flight, fed), mention_of_checkpoint(options_.out));
    scores_.take(metrics);
}

std::string LandedSteps::first_bad_layer(const StepPipeline::Flight& flight,
                                         const StepPipeline::FedBatch& fed) {
    steps_.wait_all();
    return train::first_bad_layer(replicas_, *flight.executor, flight.slot, *fed.batch, fed.params);
}

}  // namespace vkm::train
