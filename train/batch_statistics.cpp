#include <graph/models/network.h>
#include <graph/operator.h>
#include <graph/ops/batch_norm.h>
#include <train/batch_statistics.h>

namespace vkm::train {
namespace {

std::string advice(const StepShape& shape) {
    if (shape.replicas == 1) return "raise --batch-size, or --input-size";
    if (shape.global_batch >= 2 * static_cast<int64_t>(shape.replicas))
        return fmt::format(
            "the batch of {} leaves a device one image: give it a larger part (--shares), or raise --batch-size or "
            "--input-size, or use --sync-bn",
            shape.global_batch);
    return fmt::format("raise --batch-size to {} or more for {} devices, or --input-size, or use --sync-bn",
                       2 * shape.replicas, shape.replicas);
}

}  // namespace

void require_batch_statistics(const graph::ModelConfig& model, const StepShape& shape, const Recipe& recipe) {
    const int64_t images = recipe.sync_bn ? shape.global_batch : shape.local_batch;
    if (images > 1) return;
    graph::Graph network;
    const graph::ValueId input =
        network.input("images", graph::f32({images, model.input_size, model.input_size, 3}));
    graph::build_network(network, model, input, graph::Mode::training, recipe.frozen);
    for (const graph::Node& node : network.nodes()) {
        if (!graph::as<graph::ops::BatchStatistics>(node)) continue;
        const graph::Shape& x = network.type(node.inputs.front()).shape;
        if (x.n * x.h * x.w == 1)
            throw TooFewValues(
                "layer {} normalises over a single value a channel, one image of one pixel, which cannot be "
                "trained: {}",
                node.layer, advice(shape));
    }
}

}  // namespace vkm::train
