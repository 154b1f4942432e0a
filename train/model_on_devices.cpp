#include <graph/flat_buffers.h>
#include <train/model_on_devices.h>

#include <algorithm>
#include <cstring>
#include <numeric>

namespace vkm::train {
namespace {

using graph::DType;
using graph::Role;
using graph::ValueId;

std::vector<ValueId> trained_values(const graph::Graph& graph) {
    std::vector<ValueId> ids;
    for (const Role role : {Role::parameter, Role::state})
        for (const ValueId id : graph.with_role(role))
            if (graph.value(id).view_of != graph::no_value) ids.push_back(id);
    return ids;
}

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
        const graph::MemoryNeed need = graph::memory_need(step.graph, replicas.plan(replica));
        return available == 0 || static_cast<uint64_t>(need.total()) <= available;
    } catch (const OutOfDeviceMemory&) {
        return false;
    }
}

[[noreturn]] void refuse(const ModelOnDevices& replicas, size_t replica, const StepShape& shape,
                         const StepExecutor::Build& build) {
    const engine::Device& device = replicas.device(replica);
    StepShape smaller = shape;
    int64_t low = 0, high = shape.local_batch;  // low fits (or is 0), high does not
    while (high - low > 1) {
        smaller.local_batch = (low + high) / 2;
        smaller.global_batch = shape.global_batch * smaller.local_batch / shape.local_batch;
        (fits(replicas, replica, build(smaller)) ? low : high) = smaller.local_batch;
    }
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

void copy_pixels(std::span<std::byte> to, const Batch& batch, const Share& share, int64_t rows) {
    const int64_t pixels = int64_t{batch.height} * batch.width;
    if (const auto* floats = std::get_if<std::vector<float>>(&batch.pixels)) {
        // Stored tensors have four channels a pixel.
        auto* const out = reinterpret_cast<float*>(to.data());
        const float* const in = floats->data() + share.first * pixels * 3;
        for (int64_t i = 0; i < rows * pixels; ++i) {
            std::copy_n(in + i * 3, 3, out + i * 4);
            out[i * 4 + 3] = 0;
        }
        return;
    }
    const auto bytes_per_image = static_cast<size_t>(pixels * 3);
    const std::span<const std::byte> bytes = batch.pixel_bytes();
    std::memcpy(to.data(), bytes.data() + static_cast<size_t>(share.first) * bytes_per_image,
                static_cast<size_t>(rows) * bytes_per_image);
}

}  // namespace

PixelType pixel_type(const Dataset& dataset) {
    return dataset.kind() == SampleKind::tensor ? PixelType::floats : PixelType::bytes;
}

ModelOnDevices::ModelOnDevices(const std::vector<graph::PlannedDevice*>& devices) {
    for (graph::PlannedDevice* device : devices)
        states_.push_back(std::make_unique<graph::DeviceState>(*device));
    std::vector<const engine::DeviceSnapshot*> snapshots;
    for (const graph::PlannedDevice* device : devices)
        snapshots.push_back(&device->snapshot());
    memory_bytes_ = split_memory(snapshots);
}

std::vector<StepShape> ModelOnDevices::shapes(int64_t batch_size, PixelType pixels) const {
    std::vector<StepShape> shapes;
    for (const Share& share : split_batch(batch_size, count()))
        shapes.push_back({.local_batch = share.count,
                          .global_batch = batch_size,
                          .replicas = count(),
                          .pixels = pixels,
                          .fusion = plan(shapes.size()).fusion});
    return shapes;
}

int64_t largest_batch(const ModelOnDevices& replicas, int64_t most, PixelType pixels,
                      const StepExecutor::Build& build, double spare) {
    const auto devices = static_cast<int64_t>(replicas.count());
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

void ModelOnDevices::load(const graph::Graph& graph, const ParameterValues& values) {
    for (const auto& state : states_)
        for (const ValueId id : trained_values(graph)) {
            const auto value = values.find(id);
            if (value == values.end()) throw Error("no value for {}", graph.value(id).name);
            state->write(graph, id, value->second);
        }
}

ParameterValues ModelOnDevices::values(const graph::Graph& graph) {
    ParameterValues values;
    for (const ValueId id : trained_values(graph))
        values[id] = states_.front()->read(graph, id);
    return values;
}

void ModelOnDevices::share_statistics(const graph::Graph& graph) {
    if (states_.size() < 2) return;
    for (const ValueId states : graph::flat_buffers(graph, Role::state)) {
        const std::vector<std::byte> first = read_flat(graph, states, 0);
        for (size_t i = 1; i < states_.size(); ++i)
            write_flat(graph, states, i, first);
    }
}

std::vector<std::byte> ModelOnDevices::read_flat(const graph::Graph& graph, ValueId id, size_t replica) {
    const engine::Slice slice = state(replica).flat(graph.value(id));
    std::vector<std::byte> bytes(slice.bytes);
    device(replica).read(slice, bytes);
    return bytes;
}

void ModelOnDevices::write_flat(const graph::Graph& graph, ValueId id, size_t replica,
                          std::span<const std::byte> bytes) {
    const graph::Value& value = graph.value(id);
    if (static_cast<int64_t>(bytes.size()) != value.type.bytes())
        throw Error("{} bytes do not fit this model's {}", bytes.size(), value.name);
    device(replica).write(state(replica).flat(value), bytes);
}

StepExecutor::StepExecutor(ModelOnDevices& replicas, int64_t batch_size, PixelType pixels, const Build& build,
                           const Progress& progress, bool profile)
    : shares_(split_batch(batch_size, replicas.count())) {
    std::vector<graph::Executor::Replica> parts;
    const std::vector<StepShape> shapes = replicas.shapes(batch_size, pixels);
    for (size_t i = 0; i < shapes.size(); ++i) {
        steps_.push_back(std::make_unique<StepGraph>(build(shapes[i])));
        if (!fits(replicas, i, *steps_.back())) refuse(replicas, i, shapes[i], build);
        parts.push_back({&replicas.state(i), &steps_.back()->graph});
    }
    executor_ = std::make_unique<graph::Executor>(
        std::move(parts), graph::Executor::Options{.profile = profile, .compile_progress = progress});
}

void feed_share(graph::Executor& executor, graph::Executor::Slot slot, size_t replica, const StepGraph& step,
                const Share& share, const Batch& batch, graph::StepParams params) {
    const int64_t rows = std::clamp<int64_t>(batch.rows() - share.first, 0, share.count);
    copy_pixels(executor.input(slot, replica, step.images), batch, share, rows);
    auto* const labels = reinterpret_cast<int32_t*>(executor.input(slot, replica, step.labels).data());
    std::fill_n(labels, share.count, -1);
    std::copy_n(batch.labels.begin() + std::min<int64_t>(share.first, batch.rows()), rows, labels);
    params.first_sample += static_cast<uint32_t>(share.first);
    executor.set_step(slot, replica, params);
}

void StepExecutor::feed(graph::Executor::Slot slot, const Batch& batch, const graph::StepParams& params) {
    for (size_t i = 0; i < shares_.size(); ++i)
        feed_share(*executor_, slot, i, *steps_[i], shares_[i], batch, params);
}

StepExecutor::Metrics StepExecutor::metrics(graph::Executor::Slot slot) const {
    Metrics sum;
    for (size_t i = 0; i < shares_.size(); ++i) {
        const Metrics part = metrics(slot, i);
        sum.loss += part.loss;
        sum.top1 += part.top1;
        sum.top5 += part.top5;
    }
    return sum;
}

StepExecutor::Metrics StepExecutor::metrics(graph::Executor::Slot slot, size_t replica) const {
    const std::span<const std::byte> bytes = executor_->metric(slot, replica, steps_[replica]->metrics);
    float values[3];
    std::memcpy(values, bytes.data(), sizeof values);
    return {values[0], values[1], values[2]};
}

std::optional<LossScaling> StepExecutor::loss_scaling(graph::Executor::Slot slot) const {
    const ValueId verdict = step().loss_scale_verdict;
    if (verdict == graph::no_value) return std::nullopt;
    float values[4];  // graph::ops::update_loss_scale's output
    std::memcpy(values, executor_->metric(slot, 0, verdict).data(), sizeof values);
    return LossScaling{.scale = values[1],
                       .skipped = values[0] == 0,
                       .exhausted = values[3] != 0,
                       .skipped_steps = static_cast<int64_t>(values[2])};
}

}  // namespace vkm::train
