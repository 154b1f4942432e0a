#include <graph/flat_buffers.h>
#include <graph/weight_average.h>

#include <algorithm>

namespace vkm::graph {
namespace {

std::string average_name(const Graph& graph, ValueId flat) {
    return "ema." + graph.value(flat).name;
}

}  // namespace

void add_weight_average(Graph& graph, const WeightAverage& average, ValueId loss, ValueId verdict) {
    const ValueId updates = graph.add_value({.name = "ema.updates",
                                             .type = {DType::i32, Shape{}},
                                             .role = Role::optimizer,
                                             .info = {},
                                             .nonnegative = true});
    std::vector<ValueId> inputs{updates, loss};
    if (verdict != no_value) inputs.push_back(verdict);
    const ValueId rate = graph.add1("ema", ops::average_rate(average.rate), std::move(inputs));
    const auto follow = [&](Role averaged, Role kept) {
        const ValueId flat = flat_buffer(graph, averaged);
        if (flat == no_value) return;
        const ValueId mean = graph.add_value(
            {.name = average_name(graph, flat), .type = graph.type(flat), .role = kept, .info = {}});
        graph.add("ema", ops::approach(), {mean, flat, rate});
    };
    follow(Role::parameter, Role::optimizer);
    // Every replica has running statistics of its own, and so it has their average.
    if (average.buffers) follow(Role::state, Role::state);
}

ValueId average_of(const Graph& graph, ValueId flat) {
    const auto& values = graph.values();
    const auto found = std::ranges::find(values, average_name(graph, flat), &Value::name);
    return found == values.end() ? no_value : static_cast<ValueId>(found - values.begin());
}

}  // namespace vkm::graph
