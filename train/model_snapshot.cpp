#include <graph/flat_buffers.h>
#include <graph/weight_average.h>
#include <graph/weights/parameters.h>
#include <train/model_snapshot.h>

namespace vkm::train {

ModelSnapshot::ModelSnapshot(ModelOnDevices& model, const graph::Graph& training)
    : model_(model), graph_(training) {
    if (!model.job().has_others()) return;
    const size_t main = model.main_of_all();
    for (const graph::ValueId id : graph::flat_buffers(training, graph::Role::state)) {
        std::vector<std::vector<std::byte>> all = model.read_all(training, id);
        for (size_t device = 0; device < all.size(); ++device)
            flats_[{id, device}] = std::move(all[device]);
        if (const graph::ValueId average = graph::average_of(training, id); average != graph::no_value)
            flats_[{average, main}] = model.read_main(training, average);
    }
}

bool ModelSnapshot::is_here(size_t device) const {
    return device >= model_.first() && device < model_.first() + model_.count();
}

const std::vector<std::byte>& ModelSnapshot::flat(graph::ValueId id, size_t device) {
    const std::pair key(id, device);
    auto found = flats_.find(key);
    if (found == flats_.end()) {
        const size_t replica =
            is_here(device) ? device - model_.first() : 0;  // all have the same of the rest
        found = flats_.emplace(key, model_.read_flat(graph_, id, replica)).first;
    }
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
