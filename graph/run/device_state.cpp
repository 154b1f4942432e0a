#include <graph/run/device_state.h>

#include <algorithm>
#include <cstring>
#include <utility>

namespace vkm::graph {

namespace {

// Returns four bytes of a tensor all of whose elements are the value's initial one.
uint32_t initial_word(const Value& value) {
    const TensorType quad{value.type.dtype, {1, 1, 1, 4}};
    HostTensor tensor(quad.shape);
    std::ranges::fill(tensor.values, value.initial);
    uint32_t word = 0;
    std::memcpy(&word, to_bytes(tensor, quad).data(), sizeof word);
    return word;
}

}  // namespace

std::unique_ptr<DeviceState> DeviceState::beside() const {
    std::unique_ptr<DeviceState> other(new DeviceState(device_, plan_));
    other->arena_ = arena_;
    return other;
}

engine::Slice DeviceState::flat(const Value& value) {
    std::unique_ptr<engine::Block>& block = flats_[value.name];
    const auto size = static_cast<uint64_t>(value.type.bytes());
    if (!block) {
        block = std::make_unique<engine::Block>(
            device_.allocate(size, engine::MemoryKind::device, "parameters and optimizer state"));
        engine::CommandList first = device_.record();
        first.fill({block.get(), 0, size}, initial_word(value));
        first.finish();
        device_.wait(device_.submit(first));
    }
    if (block->size() < size)
        throw Error("two graphs of one model disagree on the size of {}: {} and {} bytes", value.name,
                    block->size(), size);
    return {block.get(), 0, size};
}

std::vector<std::shared_ptr<const engine::Block>> DeviceState::arena(
    const std::vector<int64_t>& block_bytes) {
    std::erase_if(*arena_, [](const auto& block) { return block.expired(); });
    std::vector<std::shared_ptr<const engine::Block>> free, result;
    for (const auto& block : *arena_)
        free.push_back(block.lock());
    for (const int64_t bytes : block_bytes) {
        const auto size = static_cast<uint64_t>(bytes);
        const auto fitting =
            std::ranges::find_if(free, [&](const auto& block) { return block && block->size() >= size; });
        if (fitting != free.end()) {
            result.push_back(std::exchange(*fitting, nullptr));
            continue;
        }
        result.push_back(std::make_shared<const engine::Block>(
            device_.allocate(size, engine::MemoryKind::device, "activations")));
        arena_->push_back(result.back());
    }
    return result;
}

engine::Slice DeviceState::slice_of(const Graph& graph, ValueId id) {
    const Value& value = graph.value(id);
    const Value& base = value.view_of == no_value ? value : graph.value(value.view_of);
    engine::Slice slice = flat(base);
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

}  // namespace vkm::graph
