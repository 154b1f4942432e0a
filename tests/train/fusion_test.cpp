#include "train/support/training.h"

#include <gtest/gtest.h>

namespace vkm::train {
namespace {

using graph::DType;
using test::Training;

// Expects the same losses of a few steps with everything fused and nothing: forward, backward and
// update of whole networks.
void expect_fusion_changes_nothing(test::TrainingOptions options, int steps, double tolerance) {
    options.rows = 32;  // batch norm over few images would amplify any rounding
    options.fuse = false;
    Training plain(options);
    options.fuse = true;
    options.fusion = graph::Fusion{};
    Training fused(options);
    EXPECT_LT(fused.graph().nodes().size(), plain.graph().nodes().size());
    for (int step = 1; step <= steps; ++step) {
        const double want = plain.step().loss;
        EXPECT_NEAR(fused.step().loss, want, tolerance * want) << "step " << step;
    }
}

TEST(FusedTrainingTest, EverythingFusedLearnsWhatNothingFusedDoes) {
    test::on_one_device_of_all([](uint32_t index) {
        expect_fusion_changes_nothing({.model = test::tiny("mobilenet_v3_large"), .device = index}, 3, 2e-4);
        if (!test::variants_wanted()) return;
        // Rounding grows fast in this one's first steps.
        expect_fusion_changes_nothing({.model = test::tiny("mobilenet_v2"), .device = index}, 2, 2e-4);
    });
}

// Which workgroup is the last, and merges, differs from step to step.
TEST(FusedTrainingTest, WithAGpusTilesAndReductionsToTheSameBitsEveryTime) {
    test::on_one_device_of_all([](uint32_t index) {
        const graph::KernelOptions gpu{.sharing = graph::Sharing::shared_memory,
                                       .column_tree = true,
                                       .merge_by_arrival = true,
                                       .target_workgroups = 1024};
        test::TrainingOptions options{
            .model = test::tiny("mobilenet_v3_large"), .device = index, .kernels = gpu};
        expect_fusion_changes_nothing(options, 2, 2e-4);
        options.rows = 32;
        options.fusion = graph::Fusion{};
        Training first(options), second(options);
        for (int step = 1; step <= 4; ++step)
            EXPECT_EQ(first.step().loss, second.step().loss) << "step " << step;
    });
}

TEST(FusedTrainingTest, InMixedPrecision) {
    test::on_one_device_of_all([](uint32_t index) {
        expect_fusion_changes_nothing(
            {.storage = DType::f16, .model = test::tiny("mobilenet_v3_small"), .device = index}, 3, 2e-2);
    });
}

}  // namespace
}  // namespace vkm::train
