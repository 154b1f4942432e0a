#include <graph/passes/batch_bias_grads.h>
#include <graph/passes/cast_weights.h>
#include <graph/passes/fuse_additions.h>
#include <graph/passes/fuse_batch_norm_grad.h>
#include <graph/passes/fuse_depthwise_gradients.h>
#include <graph/passes/fuse_prologues.h>
#include <graph/passes/fuse_squeeze_excite.h>
#include <graph/passes/gather_batch_statistics.h>
#include <graph/passes/training.h>

namespace vkm::graph {

Graph fuse_training(const Graph& graph, const Fusion& fusion) {
    const Graph cast = cast_weights_together(graph);
    const Graph layers = fusion.squeeze_excite ? fuse_squeeze_excite(cast) : cast;
    const Graph sums = add_in_gradients(add_in_batch_norm(layers));
    const Graph loads = normalise_on_load(fusion.scale_pointwise ? scale_on_load(sums) : sums, fusion);
    const Graph statistics = fusion.statistics ? gather_batch_statistics(loads) : loads;
    const Graph gathered = fusion.batch_norm_sums ? gather_batch_norm_sums(statistics) : statistics;
    const Graph formed = batch_norm_grad_on_load(gathered, fusion);
    return batch_bias_grads(fuse_depthwise_gradients(formed));
}

}  // namespace vkm::graph
