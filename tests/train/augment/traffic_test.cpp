#include <graph/lower/lowering.h>
#include <graph/lower/traffic.h>
#include <gtest/gtest.h>
#include <support/kernel_plans.h>
#include <train/step_graph.h>

namespace vkm::train {
namespace {

/// Returns the share of a training step's bytes that augmentation takes on a GPU, with every place for an image full
/// and every pass done.
double share_of_augmentation(const Augmentation& augmentation) {
    const graph::KernelPlan plan = graph::plan_of_captured("radv-navi31-mesa26");
    StepShape shape;
    shape.local_batch = shape.global_batch = 32;
    shape.pixels = PixelType::sources;
    shape.fusion = plan.fusion;
    Recipe recipe;
    recipe.augmentation = augmentation;
    const StepGraph step = training_step(graph::model_config("mobilenet_v3_small"), recipe, shape);
    double augmenting = 0, all = 0;
    for (const graph::NodeTraffic& node :
         graph::traffic_by_node(step.graph, graph::lower(step.graph, plan))) {
        all += node.traffic.bytes;
        if (node.layer == "scale" || node.layer == "augment") augmenting += node.traffic.bytes;
    }
    return augmenting / all;
}

TEST(AugmentationTrafficTest, IsATwentiethOfAStep) {
    Augmentation augmentation;
    augmentation.crop = Crop::random_resized;
    augmentation.flip = 0.5;
    EXPECT_LT(share_of_augmentation(augmentation), 0.05);
    augmentation.jitter = {0.4, 0.4, 0.4, 0.1};
    EXPECT_LT(share_of_augmentation(augmentation), 0.05);
    augmentation.policy = "rand-m9-mstd0.5-inc1";
    augmentation.erase = 0.25;
    EXPECT_LT(share_of_augmentation(augmentation), 0.05);
}

}  // namespace
}  // namespace vkm::train
