#include <graph/passes/fuse_epilogues.h>
#include <graph/passes/inference.h>
#include <graph/passes/remove_unused.h>

namespace vkm::graph {

ValueId InferenceGraph::at(ValueId original) const {
    const ValueId id = moved.at(static_cast<size_t>(original));
    if (id == no_value) throw Error("value {} was fused away", original);
    return id;
}

std::map<ValueId, HostTensor> InferenceGraph::weights(const std::map<ValueId, HostTensor>& original) const {
    std::map<ValueId, HostTensor> values = fold_weights(foldings, original);
    for (const auto& [id, tensor] : original)
        if (const ValueId here = moved.at(static_cast<size_t>(id)); here != no_value)
            values.emplace(here, tensor);
    return values;
}

InferenceGraph for_inference(const Graph& graph) {
    FoldedGraph folded = fold_batch_norm(graph);
    CompactGraph compact = remove_unused(fuse_channel_scale(fuse_epilogues(folded.graph)));
    for (Folding& folding : folded.foldings) {
        folding.weight = compact.moved.at(static_cast<size_t>(folding.weight));
        folding.bias = compact.moved.at(static_cast<size_t>(folding.bias));
    }
    compact.moved.resize(graph.values().size());  // the original's values come first; passes add behind them
    return {std::move(compact.graph), std::move(compact.moved), std::move(folded.foldings)};
}

}  // namespace vkm::graph
