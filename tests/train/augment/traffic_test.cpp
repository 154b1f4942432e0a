#include <graph/lower/lowering.h>
#include <graph/lower/traffic.h>
#include <gtest/gtest.h>
#include <support/kernel_plans.h>
#include <train/augment/drawn.h>
#include <train/augment/source.h>
#include <train/step_graph.h>

namespace vkm::train {
namespace {

using graph::ops::ColourProgram;

constexpr int photograph_size = 224, height = 375, width = 500;
constexpr double canvas_bytes = 4.0 * photograph_size * photograph_size;

/// Returns the bytes that a program's passes read and write besides the image that the last one reads.
double bytes_of_passes(const ColourProgram& layout, const std::vector<Operation>& operations) {
    std::vector<int32_t> words(static_cast<size_t>(layout.words()));
    write_program(layout, operations, {}, words);
    double bytes = 0;
    for (int64_t pass = 0; pass < layout.passes; ++pass) {
        const int32_t* const entry = &words[static_cast<size_t>(pass * ColourProgram::pass_words)];
        if (entry[3] >= 0) bytes += canvas_bytes;
        if (pass + 1 < layout.passes && entry[0] < entry[1]) bytes += 2 * canvas_bytes;
    }
    return bytes;
}

/// Returns the bytes that augmenting a photograph takes on average, the tensor that is made of it included.
double bytes_of_augmentation(const Augmentation& augmentation) {
    constexpr int count = 200;
    const SourceLayout layout = source_layout(photograph_size, augmentation);
    const auto policy =
        augmentation.policy.empty() ? nullptr : parse_policy(augmentation.policy, augmentation.interpolation);
    double bytes = 0;
    for (int i = 0; i < count; ++i) {
        const DrawKey key{1, 0, static_cast<uint32_t>(i), 0, i};
        const image::Rectangle part =
            needed_part(draw_framing(augmentation, key, height, width, photograph_size, {}));
        bytes += 3.0 * part.height * part.width + 2 * 4.0 * part.height * photograph_size + canvas_bytes;
        bytes += bytes_of_passes(layout.program,
                                 draw_operations(augmentation, policy.get(), key, {photograph_size, {}}));
        bytes += canvas_bytes + 16.0 * photograph_size * photograph_size;
    }
    return bytes / count;
}

/// Returns the share of a training step's bytes on a GPU, which augmentation takes of photographs of 500 x 375.
double share_of_augmentation(const Augmentation& augmentation) {
    const graph::KernelPlan plan = graph::plan_of_captured("radv-navi31-mesa26");
    StepShape shape;
    shape.local_batch = shape.global_batch = 32;
    shape.pixels = PixelType::sources;
    shape.fusion = plan.fusion;
    Recipe recipe;
    recipe.augmentation = augmentation;
    const StepGraph step = training_step(graph::model_config("mobilenet_v3_small"), recipe, shape);
    double network = 0;
    for (const graph::NodeTraffic& node : graph::traffic_by_node(step.graph, graph::lower(step.graph, plan)))
        if (node.layer != "scale" && node.layer != "augment") network += node.traffic.bytes;
    const double augmenting = bytes_of_augmentation(augmentation);
    return augmenting / (augmenting + network / static_cast<double>(shape.local_batch));
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
