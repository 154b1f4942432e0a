#include <graph/passes/cast_weights.h>
#include <graph/passes/gradient_fusion.h>
#include <graph/passes/load_fusion.h>
#include <graph/passes/squeeze_excite_fusion.h>
#include <graph/passes/statistics_fusion.h>
#include <graph/passes/sum_fusion.h>
#include <graph/passes/training.h>

namespace vkm::graph {

Graph fuse_training(const Graph& graph, const Fusion& fusion) {
    const Graph cast = cast_weights_together(graph);
    const Graph layers = fusion.squeeze_excite ? squeeze_excite_in_one_dispatch(cast) : cast;
    const Graph sums = add_in_gradients(add_in_batch_norm(layers));
    const Graph loads = normalise_on_load(fusion.scale_pointwise ? scale_on_load(sums) : sums, fusion);
    const Graph statistics = fusion.statistics ? statistics_in_epilogue(loads) : loads;
    const Graph gathered = fusion.batch_norm_sums ? batch_norm_sums_in_epilogue(statistics) : statistics;
    return batch_norm_grad_on_load(gathered, fusion);
}

}  // namespace vkm::graph
