#include <graph/flat_buffers.h>
#include <graph/weights/parameters.h>
#include <train/model_on_devices.h>
#include <train/together.h>

#include <algorithm>
#include <iterator>
#include <numeric>

namespace vkm::train {

using graph::Role;
using graph::ValueId;

namespace {

// Returns how many devices each process has.
std::vector<size_t> counts_of_all(graph::World& world, size_t own) {
    std::vector<size_t> counts;
    for (const uint64_t count : gather_values(world, uint64_t{own}))
        counts.push_back(count);
    return counts;
}

}  // namespace

ModelOnDevices::ModelOnDevices(const std::vector<graph::PlannedDevice*>& devices, graph::World& world)
    : job_{&world, counts_of_all(world, devices.size())} {
    for (graph::PlannedDevice* device : devices)
        states_.push_back(std::make_unique<graph::DeviceState>(*device));
    std::vector<const engine::DeviceSnapshot*> snapshots;
    for (const graph::PlannedDevice* device : devices)
        snapshots.push_back(&device->snapshot());
    memory_bytes_ = split_memory(snapshots);
    const bool software = std::ranges::all_of(states_, [](const auto& state) {
        return state->plan().device.device_class == engine::DeviceClass::software;
    });
    scaling_ = software ? Scaling::by_host : Scaling::by_device;
}

ModelOnDevices ModelOnDevices::beside() const {
    ModelOnDevices other;
    other.job_ = job_;
    for (const auto& state : states_)
        other.states_.push_back(state->beside());
    other.memory_bytes_ = memory_bytes_;
    other.proportions_ = proportions_;
    other.scaling_ = scaling_;
    return other;
}

std::vector<size_t> ModelOnDevices::failing() const {
    constexpr double seconds = 30;
    std::vector<size_t> failing;
    for (size_t i = 0; i < states_.size(); ++i)
        try {
            engine::Device& device = states_[i]->device();
            engine::CommandList nothing = device.record();
            nothing.finish();
            device.wait(device.submit(nothing), seconds);
        } catch (const Error&) {
            failing.push_back(i);
        }
    return failing;
}

void ModelOnDevices::drop(std::span<const size_t> replicas) {
    for (const size_t replica : std::vector(replicas.rbegin(), replicas.rend())) {
        states_.erase(states_.begin() + static_cast<ptrdiff_t>(replica));
        memory_bytes_.erase(memory_bytes_.begin() + static_cast<ptrdiff_t>(replica));
        if (!proportions_.empty()) proportions_.erase(proportions_.begin() + static_cast<ptrdiff_t>(replica));
    }
    job_.devices[job_.world->rank()] = count();
}

size_t ModelOnDevices::count_of_all() const {
    return std::accumulate(job_.devices.begin(), job_.devices.end(), size_t{0});
}

size_t ModelOnDevices::first() const {
    const auto end = job_.devices.begin() + static_cast<ptrdiff_t>(job_.world->rank());
    return std::accumulate(job_.devices.begin(), end, size_t{0});
}

std::vector<Share> ModelOnDevices::split(int64_t batch_size) const {
    return proportions_.empty() ? split_batch(batch_size, count_of_all())
                                : split_batch(batch_size, proportions_);
}

void ModelOnDevices::set_proportions(std::span<const Share> shares) {
    proportions_.clear();
    for (const Share& share : shares)
        proportions_.push_back(static_cast<double>(share.count));
}

size_t ModelOnDevices::main_of_all() const {
    return static_cast<size_t>(std::ranges::max_element(proportions_) - proportions_.begin()) %
           count_of_all();
}

std::vector<StepShape> ModelOnDevices::shapes(int64_t batch_size, PixelType pixels) const {
    return shapes(split(batch_size), pixels);
}

std::vector<StepShape> ModelOnDevices::shapes(std::span<const Share> shares, PixelType pixels) const {
    const int64_t batch_size = shares.back().first + shares.back().count;
    std::vector<StepShape> shapes;
    for (const Share& share : own(shares))
        shapes.push_back({.local_batch = share.count,
                          .global_batch = batch_size,
                          .replicas = count_of_all(),
                          .pixels = pixels,
                          .scaling = scaling(),
                          .fusion = plan(shapes.size()).fusion});
    return shapes;
}

void ModelOnDevices::load(const graph::Graph& graph, const ParameterValues& values) {
    for (const auto& state : states_)
        for (const ValueId id : graph::weights_of(graph)) {
            const auto value = values.find(id);
            if (value == values.end()) throw Error("no value for {}", graph.value(id).name);
            state->write(graph, id, value->second);
        }
}

void ModelOnDevices::share_statistics(const graph::Graph& graph) {
    if (count_of_statistics() < 2) return;
    for (const ValueId states : graph::flat_buffers(graph, Role::state)) {
        const std::vector<std::byte> main = read_main(graph, states);
        for (size_t i = 0; i < states_.size(); ++i)
            write_flat(graph, states, i, main);
    }
}

std::vector<std::byte> ModelOnDevices::read_main(const graph::Graph& graph, ValueId id) {
    const size_t main = main_of_all();
    const bool here = main >= first() && main < first() + count();
    std::vector<std::byte> bytes;
    if (here) bytes = read_flat(graph, id, main - first());
    if (!job_.has_others()) return bytes;
    for (std::vector<std::byte>& part : graph::gather(world(), bytes))
        if (!part.empty()) return std::move(part);
    return {};
}

std::vector<std::vector<std::byte>> ModelOnDevices::read_all(const graph::Graph& graph, ValueId id) {
    std::vector<std::byte> own;
    for (size_t i = 0; i < count(); ++i)
        std::ranges::copy(read_flat(graph, id, i), std::back_inserter(own));
    const auto bytes = static_cast<ptrdiff_t>(graph.type(id).bytes());
    std::vector<std::vector<std::byte>> all;
    for (const std::vector<std::byte>& part : graph::gather(world(), own))
        for (auto at = part.begin(); at != part.end(); at += bytes)
            all.emplace_back(at, at + bytes);
    return all;
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

}  // namespace vkm::train
