#include <bench/image_run.h>
#include <graph/models/model_config.h>
#include <infer/inference.h>

#include <chrono>
#include <cmath>

namespace vkm::bench {
namespace {

using Clock = std::chrono::steady_clock;

double seconds_since(Clock::time_point start) {
    return std::chrono::duration<double>(Clock::now() - start).count();
}

}  // namespace

ImageRun run_images(graph::PlannedDevice& device, const ImageRunOptions& options) {
    constexpr size_t most_runs = 1000;
    graph::ModelConfig config = graph::model_config(options.model);
    if (options.classes > 0) config.num_classes = options.classes;
    if (options.input_size > 0) config.input_size = options.input_size;
    std::vector<uint8_t> image(static_cast<size_t>(config.input_size * config.input_size * 3));
    for (size_t i = 0; i < image.size(); ++i)
        image[i] = static_cast<uint8_t>(i * 2654435761u >> 13);
    const Clock::time_point start = Clock::now();
    infer::Inference network(device, config, {.precision = options.precision});
    network.run(image);  // faults memory in, and compiles with some drivers
    ImageRun result{{}, seconds_since(start)};
    const Clock::time_point first = Clock::now();
    while (result.milliseconds.size() < least_image_runs ||
           (seconds_since(first) < options.least_seconds && result.milliseconds.size() < most_runs &&
            !(options.enough && options.enough()))) {
        const Clock::time_point begin = Clock::now();
        network.run(image);
        result.milliseconds.push_back(1000 * seconds_since(begin));
    }
    return result;
}

double geometric_mean(const std::vector<double>& numbers) {
    double logarithms = 0;
    for (const double number : numbers)
        logarithms += std::log(number);
    return std::exp(logarithms / static_cast<double>(numbers.size()));
}

}  // namespace vkm::bench
