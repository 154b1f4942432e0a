#include "train/support/training.h"

#include <graph/lower/lowering.h>
#include <graph/operator.h>
#include <graph/ops/pointwise.h>
#include <graph/ops/pointwise_grad.h>
#include <gtest/gtest.h>
#include <support/kernel_plans.h>

namespace vkm::train {
namespace {

using graph::DType;
using graph::Role;
using test::Training;

const graph::KernelOptions on_them{.sharing = graph::Sharing::cooperative_matrix};

testing::AssertionResult built() {
    try {
        graph::on_matrix_units();
        return testing::AssertionSuccess();
    } catch (const Error& error) {
        return testing::AssertionFailure() << error.what();
    }
}

// Runs a test on devices that have matrix units; skips, saying so, where there is none.
void on_every_device_with_them(const std::function<void(uint32_t index)>& test) {
    if (const auto can = built(); !can) GTEST_SKIP() << can.message();
    bool any = false;
    engine::on_every_device([&](uint32_t index) {
        const engine::DeviceSnapshot& device = engine::test_instance()->devices()[index];
        if (!graph::plan_of(device).cooperative_matrix) return;
        any = true;
        test(index);
    });
    if (!any) GTEST_SKIP() << "no device here has matrix units";
}

// Tiles that fit the layers are pipelines of their own: three sizes were 80, and a third of what they multiplied padding.
constexpr size_t most_pipelines = 120;

TEST(MatrixUnitsTest, MultiplyEveryPointwiseAndFullyConnectedLayerOfMixedPrecision) {
    if (const auto can = built(); !can) GTEST_SKIP() << can.message();
    for (const char* device : {"radv-navi31-mesa26", "lavapipe-mesa26"}) {
        const graph::KernelPlan plan = graph::plan_of_captured(device, on_them);
        for (const char* model : {"mobilenet_v3_small", "mobilenet_v3_large", "mobilenet_v2"}) {
            const StepGraph step = training_step(
                graph::model_config(model), {.augmentation = {Crop::pad4, true}},
                {.local_batch = 32, .global_batch = 32, .fusion = plan.fusion, .storage = DType::f16});
            const graph::Program program = graph::lower(step.graph, plan);
            for (const graph::Command& command : program.commands) {
                const auto* dispatch = std::get_if<graph::DispatchCommand>(&command.what);
                if (!dispatch || dispatch->flops == 0) continue;
                const graph::Node& node = step.graph.nodes().at(static_cast<size_t>(command.node));
                const bool product = graph::as<graph::ops::Pointwise>(node) ||
                                     graph::as<graph::ops::PointwiseInputGrad>(node) ||
                                     graph::as<graph::ops::PointwiseWeightGrad>(node);
                EXPECT_EQ(dispatch->kernel.shader->matrix_units, product)
                    << device << ", " << model << ": " << node.layer << " " << node.op->name();
            }
            EXPECT_LE(graph::distinct_kernel_specs(program).size(), most_pipelines)
                << device << ", " << model;
        }
    }
}

TEST(MatrixUnitsTest, TheFirstFiveLossesAreThoseOfFp32) {
    on_every_device_with_them([](uint32_t index) { test::expect_losses_of_fp32(index, on_them); });
}

TEST(MatrixUnitsTest, AStepThatOverflowsIsSkippedAndTheScaleHalved) {
    on_every_device_with_them([](uint32_t index) {
        Training training({.storage = DType::f16, .device = index, .kernels = on_them});
        training.step();
        training.set_scale(24, 0);
        const auto parameters = training.bytes(Role::parameter);
        const Training::Result first = training.step();
        EXPECT_TRUE(first.scaling->skipped);
        EXPECT_TRUE(std::isfinite(first.loss));
        EXPECT_EQ(training.bytes(Role::parameter), parameters);
        EXPECT_EQ(training.step().scaling->scale, 0x1p23);
        for (int step = 0; step < 20 && training.step().scaling->skipped;)
            ++step;
        EXPECT_NE(training.bytes(Role::parameter), parameters);
        for (const Role role : {Role::parameter, Role::optimizer, Role::state})
            EXPECT_TRUE(training.all_finite(role));
    });
}

}  // namespace
}  // namespace vkm::train
