#include <graph/passes/load_fusion.h>
#include <graph/passes/training.h>

namespace vkm::graph {

Graph fuse_training(const Graph& graph, const engine::Fusion& fusion) {
    return normalise_on_load(fusion.scale_pointwise ? scale_on_load(graph) : graph, fusion);
}

}  // namespace vkm::graph
