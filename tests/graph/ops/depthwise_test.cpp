#include "graph/support/operator_test.h"
#include "support/kernel_plans.h"
#include "support/variants.h"

#include <graph/kernels/depthwise_block.h>
#include <graph/lower/lowering.h>
#include <graph/ops/depthwise.h>

#include <gtest/gtest.h>

namespace vkm::test {
namespace {

using namespace graph;

struct DepthwiseCase {
    Shape input;
    int64_t kernel, stride;
    Padding padding;
};

std::string case_name(const testing::TestParamInfo<DepthwiseCase>& info) {
    const DepthwiseCase& c = info.param;
    return fmt::format("k{}s{}{}_{}", c.kernel, c.stride, c.padding == Padding::same ? "same" : "symmetric",
                       c.input.text());
}

Build convolved(const DepthwiseCase& c, const Epilogue& epilogue = {}) {
    return [=](Graph& graph, DType dtype) {
        const ValueId x = differentiable(graph, "x", {dtype, c.input});
        const ValueId w = differentiable(graph, "w", {dtype, {1, c.kernel, c.kernel, c.input.c}});
        std::vector<ValueId> inputs{x, w};
        if (epilogue.bias) inputs.push_back(graph.input("bias", channel_vector(c.input.c)));
        return graph.add1("conv", ops::depthwise(c.stride, c.padding, epilogue), inputs);
    };
}

class DepthwiseTest : public testing::TestWithParam<DepthwiseCase> {};

TEST_P(DepthwiseTest, MatchesReferenceForwardAndBackward) {
    expect_operator_holds(convolved(GetParam()));
}

INSTANTIATE_TEST_SUITE_P(OddSizes, DepthwiseTest,
                         testing::Values(DepthwiseCase{{3, 7, 11, 13}, 3, 1, Padding::symmetric},
                                         DepthwiseCase{{2, 13, 7, 8}, 3, 2, Padding::symmetric},
                                         DepthwiseCase{{2, 12, 9, 5}, 3, 2, Padding::same},
                                         DepthwiseCase{{3, 11, 7, 19}, 5, 1, Padding::symmetric},
                                         DepthwiseCase{{2, 14, 17, 7}, 5, 2, Padding::symmetric},
                                         DepthwiseCase{{2, 14, 17, 7}, 5, 2, Padding::same},
                                         DepthwiseCase{{1, 1, 1, 3}, 5, 1, Padding::symmetric},
                                         DepthwiseCase{{1, 2, 3, 67}, 3, 2, Padding::same}),
                         case_name);

int64_t outputs_of_an_invocation(int64_t images) {
    Graph graph;
    const Build build = convolved({{images, 14, 14, 480}, 3, 1, Padding::symmetric});
    build(graph, DType::f32);
    const KernelPlan gpu = plan_of_captured("radv-navi21");
    const Program program = lower(graph, gpu);
    const auto& constants = std::get<DispatchCommand>(program.commands.at(0).what).kernel.constants;
    return int64_t{constants.at(3)} * constants.at(4);
}

TEST(DepthwiseTest, OneImageIsCutFinelyEnoughToFillAGpu) {
    EXPECT_EQ(outputs_of_an_invocation(256), 8);
    EXPECT_EQ(outputs_of_an_invocation(1), 1);
}

TEST(DepthwiseTest, MatchesReferenceOnTensorsBeyondTheBindingRange) {
    expect_matches_reference(convolved({{24, 16, 16, 128}, 3, 1, Padding::symmetric}));
    if (variants_wanted()) expect_matches_reference(convolved({{24, 16, 16, 128}, 5, 2, Padding::symmetric}));
}

TEST(DepthwiseTest, MatchesReferenceWithAGpusReductions) {
    Options options;
    options.devices = [] { return devices({.column_tree = true}); };
    for (const DepthwiseCase& c : with_variants<DepthwiseCase>(
             {{{2, 14, 17, 131}, 5, 2, Padding::same}},
             {{{3, 11, 7, 19}, 5, 1, Padding::symmetric}, {{5, 13, 17, 5}, 3, 2, Padding::symmetric}}))
        expect_matches_reference(convolved(c), options);
}

std::vector<DeviceUnderTest> staging_devices() {
    return devices({.column_tree = true, .depthwise_staged_bytes = 20'480});
}

// Blocks that end beyond the image, columns that do not fill a workgroup, images of which a block is border for the most part.
TEST(DepthwiseTest, MatchesReferenceFromSharedMemory) {
    Options options;
    options.devices = staging_devices;
    for (const DepthwiseCase& c : with_variants<DepthwiseCase>(
             {{{3, 7, 7, 67}, 5, 1, Padding::symmetric}, {{2, 29, 15, 13}, 5, 2, Padding::same}},
             {{{5, 14, 14, 131}, 3, 1, Padding::symmetric}, {{2, 28, 33, 5}, 5, 1, Padding::symmetric}}))
        expect_matches_reference(convolved(c), options);
}

std::string kernel_of(const DepthwiseCase& c, const KernelPlan& plan) {
    Graph graph;
    graph.add1(
        "conv",
        ops::depthwise(c.stride, c.padding, {}, {.normalise = true, .activation = Activation::hard_swish}),
        {graph.input("x", {DType::f16, c.input}),
         graph.input("w", {DType::f16, {1, c.kernel, c.kernel, c.input.c}}),
         graph.input("coefficients", f32({1, 1, 3, c.input.c}))});
    return std::string(kernel_specs(lower(graph, plan)).front().shader->name);
}

TEST(DepthwiseTest, WhatIsStagedLeavesSharedMemoryForWhatGathersStatistics) {
    for (const std::string& name : engine::captured_devices()) {
        engine::DeviceSnapshot device = engine::captured_device(name);
        if (device.memory_types.empty()) continue;
        for (const uint32_t limit : {device.limits.max_shared_memory_bytes, 16'384u}) {
            device.limits.max_shared_memory_bytes = limit;
            const KernelPlan plan = plan_of(device);
            const DepthwiseOutputs outputs{.shape = {256, 14, 14, 480}, .kernel = 5, .normalised = true};
            const auto block = depthwise_block(plan, outputs, {1, 1});
            if (!block) continue;
            const int64_t inputs = (block->width() + 4) * (block->height() + 4);
            EXPECT_LE(16 * block->lanes * inputs + 36 * plan.kernels.workgroup,
                      plan.device.shared_memory_bytes)
                << name;
        }
    }
}

TEST(DepthwiseTest, AWideGpuStagesWhatItWouldNormaliseAgainAndAgain) {
    for (const char* gpu : {"radv-navi21", "nvidia-rtx3090-linux", "nvidia-rtx5090-win"}) {
        const KernelPlan plan = plan_of_captured(gpu);
        EXPECT_EQ(kernel_of({{256, 7, 7, 960}, 5, 1, Padding::symmetric}, plan), "depthwise_shared") << gpu;
        EXPECT_EQ(kernel_of({{256, 28, 28, 120}, 5, 1, Padding::symmetric}, plan), "depthwise_shared") << gpu;
        EXPECT_EQ(kernel_of({{1, 7, 7, 960}, 5, 1, Padding::symmetric}, plan), "depthwise") << gpu;
        EXPECT_EQ(kernel_of({{256, 112, 112, 16}, 3, 1, Padding::symmetric}, plan), "depthwise") << gpu;
    }
    for (const char* other : {"radv-polaris10", "lavapipe-mesa22"})
        EXPECT_EQ(kernel_of({{256, 7, 7, 960}, 5, 1, Padding::symmetric}, plan_of_captured(other)),
                  "depthwise")
            << other;
}

TEST(DepthwiseTest, EpilogueAddsBiasAndActivates) {
    for (const Activation activation : with_variants<Activation>(
             {Activation::hard_swish}, {Activation::relu, Activation::relu6, Activation::hard_sigmoid})) {
        Options options;
        options.gradients = false;
        expect_matches_reference(
            convolved({{2, 9, 5, 11}, 3, 1, Padding::symmetric}, {.bias = true, .activation = activation}),
            options);
    }
}

engine::KernelSpec kernel_with(Activation activation, bool given_activations) {
    Graph graph;
    convolved({{1, 7, 7, 16}, 5, 1, Padding::symmetric}, {.activation = activation})(graph, DType::f32);
    KernelPlan plan;
    plan.kernels.given_activations = given_activations;
    const Program program = lower(graph, plan);
    return std::get<DispatchCommand>(program.commands.at(0).what).kernel;
}

TEST(DepthwiseTest, WhereActivationsAreGivenTheyShareAPipeline) {
    for (const bool given : {false, true}) {
        const auto constants = [&](Activation activation) {
            return kernel_with(activation, given).constants;
        };
        EXPECT_EQ(constants(Activation::relu) == constants(Activation::hard_swish), given);
        EXPECT_NE(constants(Activation::relu), constants(Activation::none)) << "which computes nothing";
    }
}

TEST(DepthwiseTest, RefusesWeightsThatDoNotFit) {
    Graph graph;
    const ValueId x = graph.input("x", f32({1, 8, 8, 16})), even = graph.input("even", f32({1, 4, 4, 16}));
    const ValueId narrow = graph.input("narrow", f32({1, 3, 3, 8}));
    EXPECT_THROW(graph.add1("conv", ops::depthwise(1, Padding::symmetric), {x, even}), ShapeError);
    EXPECT_THROW(graph.add1("conv", ops::depthwise(1, Padding::symmetric), {x, narrow}), ShapeError);
}

}  // namespace
}  // namespace vkm::test
