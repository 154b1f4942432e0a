#include <train/evaluator.h>

#include <chrono>

namespace vkm::train {

Evaluator::Evaluator(ModelOnDevices& replicas, const graph::ModelConfig& model, int64_t batch_size,
                     PixelType pixels, double label_smoothing, const StepExecutor::Progress& compile_progress,
                     graph::DType storage)
    : executor_(
          replicas, batch_size, pixels,
          [&](StepShape shape) {
              shape.storage = storage;
              return evaluation_step(model, shape, label_smoothing);
          },
          compile_progress) {}

Evaluation Evaluator::run(Loader& loader, const std::function<void(int64_t)>& progress) {
    const auto start = std::chrono::steady_clock::now();
    Evaluation result;
    StepPipeline pipeline(executor_, [&](const StepPipeline::Flight& flight) {
        const StepExecutor::Metrics metrics = executor_.metrics(flight.slot);
        result.images += flight.batch->count;
        result.loss += metrics.loss;
        result.top1 += metrics.top1_hits;
        result.top5 += metrics.top5_hits;
        if (progress) progress(result.images);
    });
    while (Loader::Lease batch = loader.next())
        pipeline.launch(std::move(batch), {});
    pipeline.land_all();
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
    options.crop_pct = model.crop_pct;
    options.workers = workers;
    options.batches_ahead = StepPipeline::batches_ahead;
    return options;
}

}  // namespace vkm::train
