#include <graph/weights/parameters.h>
#include <train/model_snapshot.h>

namespace vkm::train {

const std::vector<std::byte>& ModelSnapshot::flat(graph::ValueId id, size_t replica) {
    const std::pair key(id, replica);
    auto found = flats_.find(key);
    if (found == flats_.end()) found = flats_.emplace(key, model_.read_flat(graph_, id, replica)).first;
    return found->second;
}

const ParameterValues& ModelSnapshot::values() {
    if (values_) return *values_;
    values_.emplace();
    for (const graph::ValueId id : graph::weights_of(graph_)) {
        const graph::Value& value = graph_.value(id);
        const std::span<const std::byte> bytes = flat(value.view_of);
        (*values_)[id] = graph::from_bytes(
            bytes.subspan(static_cast<size_t>(value.view_offset), static_cast<size_t>(value.type.bytes())),
            value.type);
    }
    return *values_;
}

}  // namespace vkm::train
