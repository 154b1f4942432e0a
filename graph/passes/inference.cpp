#include <graph/passes/fuse_blocks.h>
#include <graph/passes/fuse_epilogues.h>
#include <graph/passes/inference.h>
#include <graph/passes/remove_unused.h>

namespace vkm::graph {

ValueId InferenceGraph::at(ValueId original) const {
    const ValueId id = moved.at(static_cast<size_t>(original));
    if (id == no_value) throw Error("value {} was fused away", original);
    return id;
}

void InferenceGraph::each_weight(const WeightSource& original,
                                 const std::function<void(ValueId, HostTensor)>& take) const {
    for (const Folding& folding : foldings) {
        FoldedWeights folded = fold_weights(folding, original);
        take(folding.weight, std::move(folded.weight));
        take(folding.bias, std::move(folded.bias));
    }
    for (size_t id = 0; id < moved.size(); ++id) {
        if (moved[id] == no_value) continue;
        const Role role = graph.value(moved[id]).role;
        if (role == Role::parameter || role == Role::state)
            take(moved[id], original(static_cast<ValueId>(id)));
    }
}

InferenceGraph for_inference(const Graph& graph, Granularity granularity) {
    FoldedGraph folded = fold_batch_norm(graph);
    const Graph layers = fuse_channel_scale(fuse_epilogues(folded.graph));
    CompactGraph compact = remove_unused(granularity == Granularity::blocks ? fuse_blocks(layers) : layers);
    for (Folding& folding : folded.foldings) {
        folding.weight = compact.moved.at(static_cast<size_t>(folding.weight));
        folding.bias = compact.moved.at(static_cast<size_t>(folding.bias));
    }
    compact.moved.resize(graph.values().size());  // the original's values come first; passes add behind them
    return {std::move(compact.graph), std::move(compact.moved), std::move(folded.foldings)};
}

}  // namespace vkm::graph
