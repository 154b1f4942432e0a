#include <graph/lower/lowering.h>
#include <graph/measure/kernel_check.h>
#include <graph/ops/depthwise.h>
#include <graph/ops/inverted_residual.h>
#include <graph/ops/pointwise.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "graph/support/devices.h"
#include "graph/support/operator_test.h"
#include "support/variants.h"

namespace vkm::test {
namespace {

using namespace graph;

struct ResidualCase {
    Shape x;
    int64_t middle, out, kernel, stride;
    Padding padding = Padding::symmetric;
    bool expand = true, residual = false;
    Activation activation = Activation::hard_swish;
};

BlockConvolution convolution(const std::string& layer, const std::shared_ptr<const Operator>& op) {
    return {layer, std::dynamic_pointer_cast<const ConvolutionOperator>(op)};
}

InvertedResidual block_of(const ResidualCase& c) {
    const Epilogue middle{.bias = true, .activation = c.activation};
    InvertedResidual block;
    if (c.expand) block.expand = convolution("expand", ops::pointwise(middle));
    block.depthwise = convolution("depthwise", ops::depthwise(c.stride, c.padding, middle));
    block.project = convolution("project", ops::pointwise({.bias = true, .residual = c.residual}));
    return block;
}

Graph graph_of(const ResidualCase& c, DType dtype) {
    Graph graph;
    std::vector<ValueId> inputs{graph.input("x", {dtype, c.x})};
    const auto add = [&](const std::string& name, Shape weights, int64_t out) {
        inputs.push_back(graph.input(name, {dtype, weights}));
        inputs.push_back(graph.input(name + ".bias", channel_vector(out)));
    };
    if (c.expand) add("w1", {1, 1, round_up4(c.x.c), c.middle}, c.middle);
    add("w2", {1, c.kernel, c.kernel, c.middle}, c.middle);
    add("w3", {1, 1, round_up4(c.middle), c.out}, c.out);
    const SlidingAxis y = slide(c.x.h, c.kernel, c.stride, c.padding),
                      x = slide(c.x.w, c.kernel, c.stride, c.padding);
    if (c.residual) inputs.push_back(graph.input("residual", {dtype, {c.x.n, y.output, x.output, c.out}}));
    graph.add1("block", ops::inverted_residual(block_of(c)), inputs);
    return graph;
}

std::vector<std::string> ways(const Graph& graph, const KernelPlan& plan) {
    return lower(graph, plan).choices.front().candidates;
}

engine::Tuning tuned(const Graph& graph, const KernelPlan& plan, const std::string& way) {
    return {{lower(graph, plan).choices.front().key(), {way}}};
}

// Several chunks of expanded channels, of which the last is not full; partly filled tiles; images smaller
// than a tile.
const std::vector<ResidualCase> residual_cases{
    {{2, 9, 13, 13}, 70, 22, 3, 1, Padding::symmetric, true, true},
    {{3, 11, 7, 10}, 37, 13, 5, 2},
    {{2, 10, 9, 19}, 19, 7, 3, 1, Padding::symmetric, false, false, Activation::relu6},
    {{1, 7, 7, 13}, 35, 320, 3, 1, Padding::symmetric, true, false, Activation::relu6}};
const std::vector<ResidualCase> more_cases{
    {{1, 17, 19, 5}, 33, 41, 3, 2, Padding::same, true, false, Activation::relu},
    {{2, 5, 3, 21}, 21, 21, 5, 1, Padding::same, false, true},
    {{5, 6, 5, 160}, 72, 160, 3, 1, Padding::symmetric, true, true, Activation::none}};

void expect_every_way_matches_reference(const ResidualCase& c, DType dtype,
                                        const std::vector<DeviceUnderTest>& on) {
    const Graph graph = graph_of(c, dtype);
    for (const DeviceUnderTest& device : on)
        for (const std::string& way : ways(graph, device.device->plan())) {
            const KernelCheck check = check_node(*device.device, graph, graph.nodes().front(),
                                                 tuned(graph, device.device->plan(), way));
            EXPECT_TRUE(check.ok) << device.name << ", " << c.x.text() << ", " << way << ": "
                                  << check.message;
        }
}

TEST(InvertedResidualTest, MatchesReferenceInEveryWay) {
    for (const ResidualCase& c : with_variants(residual_cases, more_cases))
        expect_every_way_matches_reference(c, DType::f32, devices());
    expect_every_way_matches_reference(residual_cases[1], DType::f32, devices_both_ways());
}

TEST(InvertedResidualTest, MatchesReferenceInHalfPrecision) {
    expect_every_way_matches_reference(residual_cases[0], DType::f16,
                                       variants_wanted() ? devices_both_ways() : devices());
}

TEST(InvertedResidualTest, MatchesReferenceOnTensorsBeyondTheBindingRange) {
    const Graph graph = graph_of({{70, 16, 16, 24}, 32, 40, 3, 1}, DType::f32);
    for (const DeviceUnderTest& device : devices_both_ways())
        for (const std::string way : {"three", "one, 8x8 outputs, 256 lanes"}) {
            const KernelCheck check = check_node(*device.device, graph, graph.nodes().front(),
                                                 tuned(graph, device.device->plan(), way));
            EXPECT_TRUE(check.ok) << device.name << ", " << way << ": " << check.message;
        }
}

TEST(InvertedResidualTest, IsThreeKernelsOrOneAndOfferedInSeveralSizes) {
    const Graph graph = graph_of(residual_cases[0], DType::f32);
    const KernelPlan& plan = devices().front().device->plan();
    EXPECT_EQ(lower(graph, plan).commands.size(), 3u);
    EXPECT_EQ(lower(graph, plan).buffers.size(), graph.values().size() + 2);  // and the expanded tensors
    EXPECT_THAT(ways(graph, plan),
                testing::ElementsAre("three", "one, 8x8 outputs, 256 lanes", "one, 8x8 outputs, 128 lanes",
                                     "one, 4x4 outputs, 128 lanes", "one, 4x4 outputs, 64 lanes"));
    const Program one = lower(graph, with_tuning(plan, tuned(graph, plan, "one, 4x4 outputs, 64 lanes")));
    EXPECT_EQ(one.commands.size(), 1u);
    EXPECT_EQ(one.buffers.size(), graph.values().size());
    EXPECT_EQ(one.choices.size(), 1u);
}

TEST(InvertedResidualTest, OffersOnlyWhatFitsTheDevice) {
    KernelPlan plan = devices().front().device->plan();
    plan.device.max_workgroup_invocations = 128;
    EXPECT_THAT(ways(graph_of(residual_cases[0], DType::f32), plan),
                testing::Not(testing::Contains("one, 8x8 outputs, 256 lanes")));
    plan.device.shared_memory_bytes = 8 << 10;
    EXPECT_THAT(ways(graph_of(residual_cases[0], DType::f32), plan),
                testing::ElementsAre("three", "one, 4x4 outputs, 128 lanes", "one, 4x4 outputs, 64 lanes"));
    KernelPlan few_buffers = plan;
    few_buffers.device.load_path = LoadPath::buffer;
    few_buffers.device.storage_buffers = 8;
    plan.device.shared_memory_bytes = 4 << 10;
    for (const KernelPlan& none_fits : {plan, few_buffers}) {
        const Program program = lower(graph_of(residual_cases[0], DType::f32), none_fits);
        EXPECT_EQ(program.commands.size(), 3u);
        for (const ChoicePoint& point : program.choices)
            EXPECT_THAT(point.kernel, testing::Not(testing::HasSubstr("inverted_residual")));
    }
}

TEST(InvertedResidualTest, OffersTheWidestBlocksWhatKeepsTheirSumsInRegisters) {
    const Graph graph = graph_of({{1, 7, 7, 160}, 960, 320, 3, 1}, DType::f32);  // MobileNetV2's last
    EXPECT_THAT(ways(graph, devices().front().device->plan()),
                testing::ElementsAre("three", "one, 4x4 outputs, 128 lanes"));
}

TEST(InvertedResidualTest, CountsMultiplyAddsOfItsConvolutions) {
    const Graph graph = graph_of({{2, 7, 7, 12}, 40, 20, 3, 1}, DType::f32);
    const Node& node = graph.nodes().front();
    std::vector<TensorType> inputs;
    for (const ValueId id : node.inputs)
        inputs.push_back(graph.type(id));
    EXPECT_EQ(node.op->multiply_adds(inputs, {}), 2 * 49 * (12 * 40 + 9 * 40 + 40 * 20));
}

TEST(InvertedResidualTest, RefusesTensorsThatDoNotFit) {
    Graph graph = graph_of(residual_cases[0], DType::f32);
    const Node node = graph.nodes().front();
    std::vector<ValueId> inputs = node.inputs;
    std::swap(inputs[1], inputs[3]);
    EXPECT_THROW(graph.add1("block", node.op, inputs), ShapeError);
    inputs = node.inputs;
    inputs.pop_back();
    EXPECT_THROW(graph.add1("block", node.op, inputs), ShapeError);
}

}  // namespace
}  // namespace vkm::test
