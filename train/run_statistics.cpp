#include <engine/error.h>
#include <train/run_statistics.h>
#include <train/together.h>

#include <utility>

namespace vkm::train {

RunStatistics::RunStatistics(const TrainerOptions& options, ModelOnDevices& replicas,
                             const graph::Graph& training, std::shared_ptr<const Dataset> images,
                             StepExecutor::Progress compiling, Batches batches)
    : options_(options),
      replicas_(replicas),
      graph_(training),
      images_(std::move(images)),
      compiling_(std::move(compiling)),
      batches_(std::move(batches)) {}

void RunStatistics::make_estimator() {
    estimator_.emplace(replicas_, options_.model, options_.recipe,
                       pixel_type(*images_, options_.recipe.augmentation), compiling_);
}

void RunStatistics::split_otherwise() {
    if (estimator_) make_estimator();
}

void RunStatistics::estimate(ParameterValues& values, int64_t batches) {
    LoaderOptions loading = batches_.loading();
    loading.batch = 0;
    loading.end_epoch = -1;
    Loader loader(images_, loading);
    estimator_->estimate(graph_, values, loader, batches, batches_.params);
}

std::optional<std::string> RunStatistics::explain(const Evaluation& validation, TrainedWeights& weights,
                                                  Validator& validator) {
    constexpr int64_t batches = 50;
    if (estimator_ || !lag_.is_suspected(validation)) return {};
    std::optional<std::string> said;
    try {
        if (every_process_makes_estimator()) {
            ParameterValues estimated = weights.snapshot().values();
            estimate(estimated, batches);
            said = lag_.take_estimated(validation, validator.evaluate(graph_, estimated), batches,
                                       options_.model.bn_momentum);
        }
    } catch (const OutOfDeviceMemory&) {
        if (replicas_.job().has_others()) throw;
    }
    estimator_.reset();
    return said;
}

// Returns whether every process had the memory.
bool RunStatistics::every_process_makes_estimator() {
    bool made = true;
    try {
        make_estimator();
    } catch (const OutOfDeviceMemory&) {
        made = false;
    }
    return !any_of_all(replicas_.world(), !made);
}

}  // namespace vkm::train
