#include "graph/support/operator_test.h"
#include "support/kernel_plans.h"
#include "support/variants.h"

#include <graph/kernels/depthwise_gradient_block.h>
#include <graph/lower/lowering.h>
#include <graph/ops/depthwise_gradients.h>

#include <gtest/gtest.h>

#include <cmath>

namespace vkm::test {
namespace {

using namespace graph;

struct GradientsCase {
    Shape input;
    int64_t kernel, stride;
    Activation activation = Activation::hard_swish;
    Padding padding = Padding::symmetric;
};

Shape output_of(const GradientsCase& c) {
    const Shape weights{1, c.kernel, c.kernel, c.input.c};
    const DepthwiseGeometry g = depthwise_geometry({c.stride, c.padding}, c.input, weights);
    return {c.input.n, g.y.output, g.x.output, c.input.c};
}

// Adds the operator with tensors of its own for inputs, and returns all outputs.
std::vector<ValueId> add_gradients(Graph& graph, DType dtype, const GradientsCase& c) {
    const TensorType y{dtype, output_of(c)}, x{dtype, c.input};
    const Shape weights{1, c.kernel, c.kernel, c.input.c};
    return graph.add("gradients",
                     ops::depthwise_gradients({.depthwise = {c.stride, c.padding},
                                               .input = c.input,
                                               .weights = weights,
                                               .batch_norm = {.activation = c.activation}}),
                     {graph.input("dy", y), graph.input("w", {dtype, weights}), graph.input("x", x),
                      graph.input("normalisation", f32({1, 1, 3, c.input.c})),
                      graph.input("statistics", f32({1, 1, 3, c.input.c})), graph.input("y", y),
                      graph.input("coefficients", f32({1, 1, 4, c.input.c}))});
}

Build gradients(const GradientsCase& c) {
    return [=](Graph& graph, DType dtype) { return add_gradients(graph, dtype, c).front(); };
}

// Returns options for devices that reduce and stage as a GPU does. Forced, they take blocks wherever there are any.
Options staging(KernelOptions kernels = {}, engine::PlanOptions plan = {}) {
    kernels.column_tree = true;
    kernels.depthwise_staged_bytes = 20'480;
    Options options;
    options.gradients = false;
    options.devices = [=] { return devices(kernels, plan); };
    options.fill["statistics"] = [](HostTensor& statistics) {
        for (int64_t c = 0; c < statistics.shape.c; ++c) {
            statistics.at(1, c) = 100 + std::abs(statistics.at(1, c));  // squared deviations
            statistics.at(2, c) = 77;                                   // of so many rows
        }
    };
    return options;
}

// Blocks that end beyond the image, columns that do not fill a workgroup, images of which a block is border for the most part.
const GradientsCase odd_cases[] = {{{3, 7, 7, 67}, 5, 1},
                                   {{2, 29, 15, 13}, 5, 2, Activation::relu, Padding::same},
                                   {{2, 13, 31, 20}, 3, 1, Activation::relu6},
                                   {{5, 14, 12, 131}, 3, 2},
                                   {{1, 1, 1, 3}, 5, 1}};

std::vector<std::string> kernels_of(const GradientsCase& c, const KernelPlan& plan) {
    Graph graph;
    add_gradients(graph, DType::f16, c);
    std::vector<std::string> kernels;
    for (const auto& spec : kernel_specs(lower(graph, plan)))
        kernels.emplace_back(spec.shader->name);
    return kernels;
}

TEST(DepthwiseGradientsTest, DevicesThatAreToStageDo) {
    for (const DeviceUnderTest& device : staging().devices())
        for (const GradientsCase& c : odd_cases)
            EXPECT_EQ(kernels_of(c, device.device->plan()).front(),
                      c.input.h == 1 ? "depthwise_input_grad_forming" : "depthwise_gradients")
                << device.name << c.input.text();
}

TEST(DepthwiseGradientsTest, MatchTheReferenceFromSharedMemory) {
    for (const GradientsCase& c : odd_cases)
        expect_matches_reference(gradients(c), staging({.merge_by_arrival = false}));
}

TEST(DepthwiseGradientsTest, MatchTheReferenceMergedByTheLastWorkgroup) {
    for (const GradientsCase& c :
         with_variants<GradientsCase>({odd_cases[0], odd_cases[1]}, {odd_cases[2], odd_cases[3]}))
        expect_matches_reference(gradients(c), staging({.merge_by_arrival = true}));
}

TEST(DepthwiseGradientsTest, MatchTheReferenceMergedByTheLastWorkgroupsOfGroups) {
    expect_matches_reference(gradients({{37, 29, 31, 68}, 3, 1}),
                             staging({.merge_by_arrival = true, .target_workgroups = 4096}));
}

TEST(DepthwiseGradientsTest, MatchTheReferenceByTheOtherLoadPath) {
    for (const LoadPath path : {LoadPath::buffer, LoadPath::texel}) {
        if (path == LoadPath::texel && !variants_wanted()) continue;
        expect_matches_reference(gradients(odd_cases[1]), staging({}, {.load_path = path}));
    }
}

TEST(DepthwiseGradientsTest, MatchTheReferenceOnTensorsBeyondTheBindingRange) {
    for (const bool by_arrival : {false, true})
        expect_matches_reference(
            gradients({{24, 16, 16, 128}, 3, 1}),
            staging({.merge_by_arrival = by_arrival}, {.window_bytes = windows_of_the_other_way}));
}

TEST(DepthwiseGradientsTest, MatchTheReferenceByAKernelEach) {
    Options options = staging();
    options.devices = devices_both_ways;
    for (const GradientsCase& c : with_variants<GradientsCase>({odd_cases[1]}, {odd_cases[0], odd_cases[2]}))
        expect_matches_reference(gradients(c), options);
}

TEST(DepthwiseGradientsTest, AWideGpuFormsEveryGradientOnce) {
    for (const char* gpu : {"radv-navi21", "nvidia-rtx3090-linux", "nvidia-rtx5090-win"})
        for (const GradientsCase& c : {GradientsCase{{256, 7, 7, 960}, 5, 1},
                                       {{256, 28, 28, 120}, 5, 1},
                                       {{256, 14, 14, 480}, 3, 1},
                                       {{256, 56, 56, 72}, 5, 2}})
            EXPECT_EQ(kernels_of(c, plan_of_captured(gpu)).front(), "depthwise_gradients_merging")
                << gpu << c.input.text();
}

TEST(DepthwiseGradientsTest, WhatGainsNothingKeepsAKernelEach) {
    const GradientsCase small{{1, 7, 7, 960}, 5, 1}, large{{256, 7, 7, 960}, 5, 1};
    const auto apart = [](const std::vector<std::string>& kernels) {
        return std::ranges::none_of(kernels,
                                    [](const auto& name) { return name.starts_with("depthwise_gradients"); });
    };
    EXPECT_TRUE(apart(kernels_of(small, plan_of_captured("nvidia-rtx5090-win")))) << "too few workgroups";
    for (const char* other : {"radv-polaris10", "lavapipe-mesa22"})
        EXPECT_TRUE(apart(kernels_of(large, plan_of_captured(other)))) << other;
}

TEST(DepthwiseGradientsTest, WhatIsStagedLeavesSharedMemoryForWhatIsAddedUp) {
    for (const std::string& name : engine::captured_devices()) {
        engine::DeviceSnapshot device = engine::captured_device(name);
        if (device.memory_types.empty()) continue;
        for (const uint32_t limit : {device.limits.max_shared_memory_bytes, 16'384u}) {
            device.limits.max_shared_memory_bytes = limit;
            const KernelPlan plan = plan_of(device);
            const Shape shape{256, 14, 14, 480};
            const auto block = depthwise_gradient_block(plan, {.input = shape, .output = shape, .kernel = 5});
            if (!block) continue;
            const int64_t columns = align_up(block->width() + 4, 4);
            EXPECT_LE(
                16 * block->lanes * (columns * (block->height() + 4) + 25) + 64 * plan.kernels.workgroup,
                plan.device.shared_memory_bytes)
                << name;
        }
    }
}

}  // namespace
}  // namespace vkm::test
