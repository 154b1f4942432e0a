#include <engine/error.h>
#include <graph/measure/layer_timer.h>
#include <graph/run/executor.h>
#include <train/batched_step.h>
#include <train/largest_batch.h>
#include <train/measured_layers.h>

#include <algorithm>

namespace vkm::train {
namespace {

// Returns what both plans choose to fuse.
graph::Fusion common(const graph::Fusion& a, const graph::Fusion& b) {
    graph::Fusion both;
    for (bool graph::Fusion::*const choice :
         {&graph::Fusion::normalise_depthwise, &graph::Fusion::normalise_pointwise,
          &graph::Fusion::scale_pointwise, &graph::Fusion::statistics, &graph::Fusion::batch_norm_sums,
          &graph::Fusion::gradient_depthwise, &graph::Fusion::gradient_pointwise,
          &graph::Fusion::squeeze_excite})
        both.*choice = a.*choice && b.*choice;
    return both;
}

// Returns a step of one batch, as large as a device can measure.
BatchedTraining measurable(const ModelOnDevices& model, size_t device, const TrainerOptions& options,
                           const StepShape& shape) {
    StepShape smaller = shape;
    smaller.local_batch = largest_share(model, device, shape, [&](const StepShape& tried) {
        return training_step(options.model, options.recipe, in_pairs(tried, options.recipe));
    });
    if (smaller.local_batch == 0)
        throw OutOfDeviceMemory(
            "{}: its memory does not hold all layers of one image, as it takes to measure them: leave it out, or use a "
            "smaller --width or --input-size",
            model.device(device).description());
    return batched_training(options.model, options.recipe, in_pairs(smaller, options.recipe), 1);
}

// Returns what a device has left for activations beside the model and what steps in flight bring along.
uint64_t memory_for_activations(const ModelOnDevices& model, size_t device, const StepGraph& step) {
    const uint64_t available = model.memory_bytes(device);
    if (available == 0) return 0;
    const graph::MemoryNeed need =
        graph::memory_need(step.graph, model.plan(device), graph::steps_in_flight, model.count() > 1);
    const auto kept = static_cast<uint64_t>(need.persistent_bytes + need.slot_bytes);
    return available > kept ? available - kept : 1;
}

}  // namespace

graph::LayerCosts measure_layers(ModelOnDevices& model, const TrainerOptions& options,
                                 const StepShape& shape) {
    const BatchedTraining whole =
        batched_training(options.model, options.recipe, in_pairs(shape, options.recipe), 1);
    graph::LayerCosts costs = graph::costs_without_times(whole.parts());
    for (size_t device = 0; device < model.count(); ++device) {
        const BatchedTraining measured = measurable(model, device, options, shape);
        const double scale = static_cast<double>(shape.local_batch) /
                             static_cast<double>(measured.step.graph.type(measured.step.labels).shape.n);
        costs.devices.push_back(graph::time_layers(model.state(device), measured.parts()));
        for (graph::LayerCosts::Seconds& seconds : costs.devices.back()) {
            seconds.forward *= scale;
            seconds.backward *= scale;
        }
        costs.seconds_per_byte =
            std::max(costs.seconds_per_byte, graph::seconds_per_byte_of(model.state(device)));
        costs.memory_bytes.push_back(memory_for_activations(model, device, measured.step));
    }
    return costs;
}

StepShape shape_of_whole_batches(const ModelOnDevices& model, const TrainerOptions& options,
                                 PixelType pixels) {
    StepShape shape{.local_batch = options.recipe.batch_size,
                    .global_batch = options.recipe.batch_size,
                    .replicas = 1,
                    .pixels = pixels,
                    .scaling = model.scaling(),
                    .fusion = model.plan(0).fusion,
                    .storage = options.storage};
    for (size_t i = 1; i < model.count(); ++i)
        shape.fusion = common(shape.fusion, model.plan(i).fusion);
    return shape;
}

}  // namespace vkm::train
