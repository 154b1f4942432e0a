#include <train/augment/seen.h>
#include <train/input_graph.h>
#include <train/step_executor.h>

#include <algorithm>
#include <cmath>

namespace vkm::train {
namespace {

PixelType pixels_of(const Batch& batch) {
    constexpr std::array types{PixelType::bytes, PixelType::floats, PixelType::sources};
    return types[batch.pixels.index()];
}

StepShape shape_of(const Batch& batch) {
    StepShape shape;
    shape.local_batch = shape.global_batch = batch.rows();
    shape.pixels = pixels_of(batch);
    return shape;
}

// Runs a graph over the batch and returns the value `seen`, with the normalisation undone.
std::vector<image::FloatImage> run(graph::PlannedDevice& device, const graph::ModelConfig& model,
                                   const StepGraph& step, graph::ValueId seen, const Batch& batch,
                                   const graph::StepParams& params) {
    graph::DeviceState state(device);
    graph::Executor executor({{&state, &step.graph}}, {.slots = 1, .keep_activations = true});
    const graph::Executor::Slot slot = executor.begin();
    feed_share(executor, slot, 0, step, step, {0, batch.rows()}, batch, params);
    executor.submit(slot);
    executor.wait(slot);
    const graph::HostTensor values = executor.read(0, seen);
    std::vector<image::FloatImage> images(static_cast<size_t>(batch.count));
    for (size_t n = 0; n < images.size(); ++n) {
        images[n] = {batch.height, batch.width, {}};
        for (int64_t y = 0; y < batch.height; ++y)
            for (int64_t x = 0; x < batch.width; ++x)
                for (int64_t c = 0; c < 3; ++c) {
                    const auto channel = static_cast<size_t>(c);
                    images[n].rgb.push_back(static_cast<float>(
                        255 * (values.at(static_cast<int64_t>(n), y, x, c) * model.std[channel] +
                               model.mean[channel])));
                }
    }
    return images;
}

}  // namespace

std::vector<image::FloatImage> seen_images(graph::PlannedDevice& device, const graph::ModelConfig& model,
                                           const Augmentation& augmentation, const Batch& batch,
                                           const graph::StepParams& params) {
    StepGraph step;
    const graph::ValueId seen = add_inputs(step, model, shape_of(batch), augmentation);
    return run(device, model, step, seen, batch, params);
}

std::vector<image::FloatImage> seen_images(graph::PlannedDevice& device, const graph::ModelConfig& model,
                                           const SourceLayout& layout, const Batch& batch) {
    StepGraph step;
    step.labels = step.graph.input("labels", {graph::DType::i32, {batch.rows(), 1, 1, 1}});
    const graph::ValueId seen = add_sources(step, model, shape_of(batch), layout);
    return run(device, model, step, seen, batch, {});
}

std::vector<image::Image> to_bytes(const std::vector<image::FloatImage>& images) {
    std::vector<image::Image> result;
    for (const image::FloatImage& image : images) {
        result.push_back({image.height, image.width, {}});
        for (const float value : image.rgb)
            result.back().rgb.push_back(
                static_cast<uint8_t>(std::clamp(std::nearbyint(value), 0.0f, 255.0f)));
    }
    return result;
}

}  // namespace vkm::train
