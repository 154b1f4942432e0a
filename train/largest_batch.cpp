#include <graph/run/executor.h>
#include <train/largest_batch.h>

#include <algorithm>

namespace vkm::train {
namespace {

uint64_t largest_value_bytes(const graph::Graph& graph) {
    int64_t most = 0;
    for (const graph::Value& value : graph.values())
        most = std::max(most, value.type.bytes());
    return static_cast<uint64_t>(most);
}

bool fits(const ModelOnDevices& replicas, size_t replica, const StepGraph& step, double spare = 0) {
    const auto available =
        static_cast<uint64_t>(static_cast<double>(replicas.memory_bytes(replica)) * (1 - spare));
    // A graph far too large would lower into more commands than the host can hold.
    if (available > 0 && largest_value_bytes(step.graph) > available) return false;
    try {
        const graph::MemoryNeed need = graph::memory_need(step.graph, replicas.plan(replica),
                                                          graph::steps_in_flight, replicas.count() > 1);
        return available == 0 || static_cast<uint64_t>(need.total()) <= available;
    } catch (const OutOfDeviceMemory&) {
        return false;
    }
}

[[noreturn]] void refuse(const ModelOnDevices& replicas, size_t replica, const StepShape& shape,
                         const BuildStep& build) {
    const engine::Device& device = replicas.device(replica);
    const int64_t low = largest_share(replicas, replica, shape, build);
    const uint64_t available = replicas.memory_bytes(replica);
    const StepGraph step = build(shape);
    std::string need = fmt::format("more than {} MiB", largest_value_bytes(step.graph) >> 20);
    if (available == 0 || largest_value_bytes(step.graph) <= available) try {
            need =
                fmt::format("{} MiB", graph::memory_need(step.graph, replicas.plan(replica)).total() >> 20);
        } catch (const OutOfDeviceMemory&) {
            need = "more than one allocation can hold";
        }
    const std::string advice =
        low > 0 ? fmt::format("use --batch-size {} or less", low * shape.global_batch / shape.local_batch)
                : "not even one image fits: use a smaller --width or --input-size";
    const bool shared = available < device.snapshot().device_memory_bytes();
    throw OutOfDeviceMemory("{}: a batch of {} needs {} and {} MiB are free{}: {}", device.description(),
                            shape.local_batch, need, available >> 20,
                            shared ? " for each time the device is used" : "", advice);
}

}  // namespace

int64_t largest_share(const ModelOnDevices& replicas, size_t replica, const StepShape& shape,
                      const BuildStep& build) {
    if (fits(replicas, replica, build(shape))) return shape.local_batch;
    StepShape smaller = shape;
    int64_t low = 0, high = shape.local_batch;  // low fits (or is 0), high does not
    while (high - low > 1) {
        smaller.local_batch = (low + high) / 2;
        smaller.global_batch = shape.global_batch * smaller.local_batch / shape.local_batch;
        (fits(replicas, replica, build(smaller)) ? low : high) = smaller.local_batch;
    }
    return low;
}

void require_memory(const ModelOnDevices& replicas, size_t replica, const StepGraph& step,
                    const StepShape& shape, const BuildStep& build) {
    if (!fits(replicas, replica, step)) refuse(replicas, replica, shape, build);
}

void require_memory_of_stage(const ModelOnDevices& replicas, size_t stage, const StepGraph& step,
                             bool undoable) {
    const uint64_t available = replicas.memory_bytes(stage);
    const graph::MemoryNeed need =
        graph::memory_need(step.graph, replicas.plan(stage), graph::steps_in_flight, undoable);
    if (available == 0 || static_cast<uint64_t>(need.total()) <= available) return;
    throw OutOfDeviceMemory(
        "{}: its part of the layers needs {} MiB and {} MiB are free: use a smaller --batch-size with more "
        "--grad-accum, or more devices",
        replicas.device(stage).description(), need.total() >> 20, available >> 20);
}

int64_t largest_batch(const ModelOnDevices& replicas, int64_t most, PixelType pixels, const BuildStep& build,
                      double spare) {
    const auto devices = static_cast<int64_t>(replicas.count_of_all());
    const auto all_fit = [&](int64_t batch) {
        const std::vector<StepShape> shapes = replicas.shapes(batch, pixels);
        for (size_t i = 0; i < shapes.size(); ++i)
            if (!fits(replicas, i, build(shapes[i]), spare)) return false;
        return true;
    };
    if (most < devices) throw Error("{} images cannot be shared by {} devices", most, devices);
    if (all_fit(most)) return most;
    int64_t low = 0, high = most;  // low fits (or is 0), high does not
    while (high - low > 1) {
        const int64_t middle = std::max((low + high) / 2, devices);
        if (middle == high) break;
        (all_fit(middle) ? low : high) = middle;
    }
    if (low == 0)
        throw OutOfDeviceMemory("{}: not even one image a device fits: use a smaller --width or --input-size",
                                replicas.device(0).description());
    const int64_t granule = 8 * devices;
    return low < granule ? low : low / granule * granule;
}

}  // namespace vkm::train
