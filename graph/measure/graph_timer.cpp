#include <graph/flat_buffers.h>
#include <graph/measure/graph_timer.h>
#include <graph/measure/single_node.h>

#include <algorithm>
#include <chrono>
#include <cstring>

namespace vkm::graph {
namespace {

std::vector<ValueId> given_values(const Graph& graph) {
    std::vector<ValueId> given;
    for (size_t i = 0; i < graph.values().size(); ++i) {
        const auto id = static_cast<ValueId>(i);
        const Role role = graph.value(id).role;
        const bool flat = flat_buffer(graph, role) == id;
        const bool weight = role == Role::parameter || role == Role::frozen || role == Role::derived;
        if ((weight || role == Role::state) && !flat) given.push_back(id);
    }
    return given;
}

// Weights small enough that activations stay finite through every layer.
void set_weights(DeviceState& state, const Graph& graph) {
    for (const ValueId id : given_values(graph)) {
        const Value& value = graph.value(id);
        HostTensor tensor = random_value(value, 1);
        const double scale = value.type.shape.rows() > 1
                                 ? 1.0 / std::max<double>(1, static_cast<double>(value.type.shape.rows()))
                                 : 1.0;
        for (double& v : tensor.values)
            v *= scale;
        state.write(graph, id, tensor);
    }
}

void set_inputs(Executor& executor, const Graph& graph, size_t slots) {
    int64_t classes = 1;
    for (const ValueId id : graph.with_role(Role::metric))
        classes = std::max(classes, graph.type(id).shape.c);
    StepParams step;
    step.learning_rate = 1e-6f;
    for (size_t i = 0; i < slots; ++i) {
        const Executor::Slot slot = executor.begin();
        for (const ValueId id : graph.with_role(Role::input)) {
            if (graph.value(id).view_of != no_value) continue;
            const std::vector<std::byte> bytes =
                to_bytes(random_value(graph.value(id), classes), graph.type(id));
            std::memcpy(executor.input(slot, 0, id).data(), bytes.data(), bytes.size());
        }
        executor.set_step(slot, 0, step);
        executor.submit(slot);
    }
}

}  // namespace

GraphRun::GraphRun(DeviceState& state, const Graph& graph, const Executor::Options& options)
    : executor_({{&state, &graph}}, options) {
    set_weights(state, graph);
    set_inputs(executor_, graph, options.slots);
}

double GraphRun::run(size_t batches) {
    const auto start = std::chrono::steady_clock::now();
    Executor::Slot slot = 0;
    for (size_t i = 0; i < batches; ++i) {
        slot = executor_.begin();
        executor_.submit(slot);
    }
    executor_.wait(slot);
    const std::chrono::duration<double, std::micro> elapsed = std::chrono::steady_clock::now() - start;
    return elapsed.count() / static_cast<double>(batches);
}

}  // namespace vkm::graph
