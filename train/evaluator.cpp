#include <train/evaluator.h>

#include <chrono>
#include <deque>

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
    struct Flight {
        graph::Executor::Slot slot;
        int64_t images;
    };
    std::deque<Flight> flights;
    const auto land = [&] {
        const Flight flight = flights.front();
        flights.pop_front();
        executor_.executor().wait(flight.slot);
        const StepExecutor::Metrics metrics = executor_.metrics(flight.slot);
        result.images += flight.images;
        result.loss += metrics.loss;
        result.top1 += metrics.top1;
        result.top5 += metrics.top5;
        if (progress) progress(result.images);
    };
    while (const Loader::Lease batch = loader.next()) {
        if (flights.size() == 2) land();
        const graph::Executor::Slot slot = executor_.executor().begin();
        executor_.feed(slot, *batch, {});
        executor_.executor().submit(slot);
        flights.push_back({slot, batch->count});
    }
    while (!flights.empty())
        land();
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

}  // namespace vkm::train
