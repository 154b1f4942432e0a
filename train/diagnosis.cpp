#include <graph/finite.h>
#include <graph/operator.h>
#include <train/diagnosis.h>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace vkm::train {

namespace {

using graph::all_finite;
using graph::Role;
using graph::ValueId;

constexpr const char* lower_the_rate = "Lower --lr or add --warmup-epochs";

// Returns the values of a role in the flat buffer's order: parameters as backward reaches them, running
// statistics as forward does.
std::vector<ValueId> packed(const graph::Graph& graph, Role role) {
    std::vector<ValueId> ids = graph.with_role(role);
    std::erase_if(ids, [&](ValueId id) { return graph.value(id).view_of == graph::no_value; });
    std::ranges::sort(ids, {}, [&](ValueId id) { return graph.value(id).view_offset; });
    return ids;
}

std::string bad_image(const Batch& batch) {
    const auto* const pixels = std::get_if<std::vector<float>>(&batch.pixels);
    if (pixels == nullptr) return {};
    const int64_t image = int64_t{batch.height} * batch.width * 3;
    for (int64_t row = 0; row < batch.count; ++row)
        if (!std::all_of(pixels->begin() + row * image, pixels->begin() + (row + 1) * image,
                         [](float v) { return std::isfinite(v); }))
            return fmt::format("first in image {} of the training data",
                               batch.indices.at(static_cast<size_t>(row)));
    return {};
}

std::string bad_weights(graph::DeviceState& state, const graph::Graph& graph) {
    for (const ValueId id : packed(graph, Role::parameter))
        if (!all_finite(state.read(graph, id)))
            return fmt::format("first in the weights {}, where an earlier update overflowed",
                               graph.value(id).name);
    return {};
}

// Returns the ranges of a flat value, all that is read of it. Between them anything may stand.
std::vector<ValueId> ranges_of(const graph::Graph& graph, ValueId flat) {
    std::vector<ValueId> ids;
    for (size_t i = 0; i < graph.values().size(); ++i)
        if (graph.values()[i].view_of == flat) ids.push_back(static_cast<ValueId>(i));
    return ids;
}

std::string bad_result(graph::Executor& executor, const graph::Graph& graph) {
    for (const graph::Node& node : graph.nodes())
        for (const ValueId id : node.outputs) {
            const std::vector<ValueId> ranges = ranges_of(graph, id);
            for (const ValueId range : ranges)
                if (!all_finite(executor.read(0, range)))
                    return fmt::format("first in {}", graph.value(range).name);
            if (ranges.empty() && !all_finite(executor.read(0, id)))
                return fmt::format("first in layer {} ({})", node.layer, node.op->name());
        }
    return {};
}

std::vector<size_t> suspects_first(const StepExecutor& failed, graph::Executor::Slot slot) {
    if (failed.is_staged()) return {0};  // any device has what it takes to make all of it
    std::vector<size_t> order(failed.own_shares().size());
    std::iota(order.begin(), order.end(), size_t{0});
    std::stable_partition(order.begin(), order.end(),
                          [&](size_t i) { return !std::isfinite(failed.metrics(slot, i).loss); });
    return order;
}

}  // namespace

std::string first_bad_layer(ModelOnDevices& replicas, const StepExecutor& failed,
                            graph::Executor::Slot failed_slot, const Batch& batch,
                            const graph::StepParams& params) try {
    if (const std::string found = bad_image(batch); !found.empty())
        return found + ". Repair it or leave it out";
    graph::StepParams unchanging = params;
    unchanging.learning_rate = 0;  // a share whose own loss is finite makes its update
    for (const size_t i : suspects_first(failed, failed_slot)) {
        const std::shared_ptr<const StepGraph> step = failed.alone(i);
        const graph::Graph& graph = step->graph;
        std::string found = bad_weights(replicas.state(i), graph);
        if (found.empty()) {
            graph::Executor again({{&replicas.state(i), &graph}}, {.slots = 1, .keep_activations = true});
            const graph::Executor::Slot slot = again.begin();
            feed_share(again, slot, 0, *step, *step, failed.own_shares()[i], batch, unchanging);
            again.submit(slot);
            found = bad_result(again, graph);
        }
        if (!found.empty())
            return fmt::format("{} on {}. {}", found, replicas.device(i).description(), lower_the_rate);
    }
    return fmt::format("no layer repeats it. {}", lower_the_rate);
} catch (const OutOfDeviceMemory&) {
    return fmt::format("there is no memory to find the layer, a smaller --batch-size has. {}",
                       lower_the_rate);
}

std::optional<std::string> first_bad_weights(const graph::Graph& graph, const ParameterValues& values) {
    for (const Role role : {Role::state, Role::parameter})
        for (const ValueId id : packed(graph, role))
            if (const auto value = values.find(id); value != values.end() && !all_finite(value->second))
                return graph.value(id).name;
    return std::nullopt;
}

}  // namespace vkm::train
