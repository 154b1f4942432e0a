#include <graph/operator.h>
#include <train/diagnosis.h>

#include <algorithm>
#include <cmath>
#include <numeric>

namespace vkm::train {

bool all_finite(const graph::HostTensor& tensor) {
    return std::all_of(tensor.values.begin(), tensor.values.end(), [](double v) { return std::isfinite(v); });
}

namespace {

// The first node, in order, that reads a weight or writes a value that is not finite; empty if there is none.
std::string search(graph::Executor& executor, const StepGraph& step) {
    for (const graph::Node& node : step.graph.nodes()) {
        for (const graph::ValueId id : node.inputs)
            if (step.graph.value(id).role == graph::Role::parameter && !all_finite(executor.read(0, id)))
                return fmt::format("first in the weights {}", step.graph.value(id).name);
        for (const graph::ValueId id : node.outputs)
            if (!all_finite(executor.read(0, id)))
                return fmt::format("first in layer {} ({})", node.layer, node.op->name());
    }
    return {};
}

std::vector<size_t> suspects_first(const StepExecutor& failed, graph::Executor::Slot slot) {
    std::vector<size_t> order(failed.shares().size());
    std::iota(order.begin(), order.end(), size_t{0});
    std::stable_partition(order.begin(), order.end(),
                          [&](size_t i) { return !std::isfinite(failed.metrics(slot, i).loss); });
    return order;
}

}  // namespace

std::string first_bad_layer(Replicas& replicas, const StepExecutor& failed, graph::Executor::Slot failed_slot,
                            const Batch& batch, const graph::StepParams& params) try {
    for (const size_t i : suspects_first(failed, failed_slot)) {
        const StepGraph& step = failed.step(i);
        graph::Executor again({{&replicas.state(i), &step.graph}},
                              {.slots = 1, .keep_activations = true, .compile_progress = {}});
        const graph::Executor::Slot slot = again.begin();
        feed_share(again, slot, 0, step, failed.shares()[i], batch, params);
        again.submit(slot);
        std::string found = search(again, step);
        if (!found.empty()) return found + " on " + replicas.device(i).description();
    }
    return "no layer repeats it";
} catch (const OutOfDeviceMemory&) {
    return "there is no memory to find the layer, a smaller --batch-size has";
}

}  // namespace vkm::train
