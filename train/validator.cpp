#include <train/validator.h>

#include <algorithm>

#include <train/training_loading.h>

namespace vkm::train {
namespace {

// Returns a batch that gives every device an image: those that each have a part of the layers train on smaller ones.
int64_t at_least_one_each(int64_t batch_size, const ModelOnDevices& model) {
    return std::max(batch_size, static_cast<int64_t>(model.count_of_all()));
}

}  // namespace

Validator::Validator(ModelOnDevices& training, const graph::ModelConfig& model,
                     std::shared_ptr<const Dataset> images, int64_t batch_size, double label_smoothing,
                     int workers, std::shared_ptr<UnreadableImages> unreadable,
                     const StepExecutor::Progress& compile_progress, Evaluator::OnLogits on_logits,
                     const std::string& features)
    : images_(std::move(images)),
      loading_(evaluation_loading(
          model,
          even_batch(images_->size(), at_least_one_each(batch_size, training), training.count_of_all()),
          workers)),
      model_(training.beside()),
      evaluator_(model_, model, loading_.batch_size, pixel_type(*images_), label_smoothing, compile_progress,
                 graph::DType::f32, on_logits != nullptr, features),
      on_logits_(std::move(on_logits)) {
    loading_.scaling = training.scaling();
    loading_.unreadable = std::move(unreadable);
    load_rows(loading_, training, training.split(loading_.batch_size));
}

Evaluation Validator::run(const graph::Graph& graph, const ParameterValues& values,
                          const Evaluator::OnLogits& on_logits) {
    evaluator_.load(graph, values);
    Loader loader(images_, loading_);
    return evaluator_.run(loader, {}, on_logits);
}

Evaluation Validator::evaluate(const graph::Graph& graph, const ParameterValues& values) {
    return run(graph, values, {});
}

Evaluation Validator::validate(const graph::Graph& training, TrainedWeights& weights) {
    Evaluation validation = run(training, weights.weights(), on_logits_);
    if (weights.has_average()) {
        const Evaluation average = evaluate(training, weights.average());
        validation.ema = Scores{average.loss, average.top1, average.top5};
    }
    return validation;
}

}  // namespace vkm::train
