#include <train/step_pipeline.h>
#include <train/training_loading.h>

namespace vkm::train {

LoaderOptions training_loading(const graph::ModelConfig& model, const Recipe& recipe) {
    LoaderOptions options;
    options.batch_size = static_cast<int>(recipe.batch_size);
    options.input_size = static_cast<int>(model.input_size);
    options.eval_resize = model.eval_resize;
    options.interpolation = model.interpolation;
    options.crop_pct = model.crop_pct;
    options.augmentation = recipe.augmentation;
    options.mean = model.mean;
    options.seed = recipe.seed;
    options.batches_ahead = StepPipeline::batches_ahead;
    return options;
}

void load_rows(LoaderOptions& options, const ModelOnDevices& model, std::span<const Share> shares) {
    if (!model.job().has_others()) return;  // all of it
    const std::span<const Share> own = model.own(shares);
    options.first_row = static_cast<int>(own.front().first);
    options.row_count = static_cast<int>(own.back().first + own.back().count - own.front().first);
}

}  // namespace vkm::train
