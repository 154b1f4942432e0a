#include <train/run_loading.h>
#include <train/training_loading.h>

#include <utility>

namespace vkm::train {

LoaderOptions run_loading(const TrainerOptions& options, const ModelOnDevices& replicas,
                          const TrainingSteps& steps, const Position& position,
                          std::shared_ptr<UnreadableImages> unreadable) {
    LoaderOptions loading = training_loading(options.model, options.recipe);
    loading.scaling = replicas.scaling();
    loading.shuffle = options.shuffle;
    loading.shuffle_window = options.shuffle_window;
    loading.workers = options.workers;
    loading.epoch = position.epoch;
    loading.batch = position.batch;
    loading.end_epoch = options.recipe.epochs;
    loading.unreadable = std::move(unreadable);
    load_rows(loading, replicas, steps.shares());
    loading.batches_ahead = static_cast<int>(steps.batches_held()) + StepPipeline::batches_ready;
    return loading;
}

}  // namespace vkm::train
