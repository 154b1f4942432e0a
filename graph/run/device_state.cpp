#include <graph/run/device_state.h>

#include <algorithm>

namespace vkm::graph {

engine::Slice DeviceState::flat(Role role, int64_t bytes) {
    std::unique_ptr<engine::Block>& block = flats_[role];
    const auto size = static_cast<uint64_t>(bytes);
    if (!block) {
        block = std::make_unique<engine::Block>(
            device_.allocate(size, engine::MemoryKind::device, "parameters and optimizer state"));
        engine::CommandList zero = device_.record();
        zero.fill({block.get(), 0, size}, 0);
        zero.finish();
        device_.wait(device_.submit(zero));
    }
    if (block->size() < size)
        throw Error("two graphs of one model disagree on the size of a flat buffer: {} and {} bytes",
                    block->size(), size);
    return {block.get(), 0, size};
}

std::vector<const engine::Block*> DeviceState::arena(const std::vector<int64_t>& block_bytes) {
    std::vector<const engine::Block*> result;
    std::vector<bool> taken(arena_.size(), false);
    for (const int64_t bytes : block_bytes) {
        const auto fits = [&](size_t i) {
            return !taken[i] && arena_[i]->size() >= static_cast<uint64_t>(bytes);
        };
        size_t chosen = 0;
        while (chosen < taken.size() && !fits(chosen))
            ++chosen;
        if (chosen == taken.size()) {
            arena_.push_back(std::make_unique<engine::Block>(
                device_.allocate(static_cast<uint64_t>(bytes), engine::MemoryKind::device, "activations")));
            taken.push_back(false);
        }
        taken[chosen] = true;
        result.push_back(arena_[chosen].get());
    }
    return result;
}

engine::Slice DeviceState::slice_of(const Graph& graph, ValueId id) {
    const Value& value = graph.value(id);
    const Value& base = value.view_of == no_value ? value : graph.value(value.view_of);
    engine::Slice slice = flat(base.role, base.type.bytes());
    slice.offset += static_cast<uint64_t>(value.view_of == no_value ? 0 : value.view_offset);
    slice.bytes = static_cast<uint64_t>(value.type.bytes());
    return slice;
}

HostTensor DeviceState::read(const Graph& graph, ValueId id) {
    std::vector<std::byte> bytes(static_cast<size_t>(graph.type(id).bytes()));
    device_.read(slice_of(graph, id), bytes);
    return from_bytes(bytes, graph.type(id));
}

void DeviceState::write(const Graph& graph, ValueId id, const HostTensor& tensor) {
    device_.write(slice_of(graph, id), to_bytes(tensor, graph.type(id)));
}

int64_t DeviceState::allocated_bytes() const {
    uint64_t bytes = 0;
    for (const auto& [role, block] : flats_)
        bytes += block->size();
    for (const auto& block : arena_)
        bytes += block->size();
    return static_cast<int64_t>(bytes);
}

}  // namespace vkm::graph
