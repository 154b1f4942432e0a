#include <graph/flat_buffers.h>
#include <graph/lower/lowering.h>
#include <graph/measure/kernel_check.h>
#include <graph/operator.h>
#include <graph/ops/convolution.h>
#include <graph/ops/softmax_cross_entropy.h>
#include <graph/passes/training.h>

#include <gmock/gmock.h>

#include <set>
#include <span>

#include "graph/support/block.h"
#include "graph/support/devices.h"
#include "support/variants.h"

namespace vkm::test {
namespace {

using namespace graph;
using engine::Tuning;

// Has three ways to compute, and leaves behind which one was chosen.
class Choosing final : public Operator {
  public:
    explicit Choosing(int& chosen) : chosen_(chosen) {}
    std::string_view name() const override { return "choosing"; }
    std::vector<TensorType> infer(std::span<const TensorType> inputs) const override { return {inputs[0]}; }
    void lower(Lowering& lowering) const override {
        chosen_ = lowering.choose("way", std::vector<Variant<int>>{{"a", 1}, {"b", 2}, {"a", 3}, {"c", 4}});
    }
    void reference(ReferenceCall&) const override {}

  private:
    int& chosen_;
};

struct Chosen {
    int value = 0;
    Program program;
};

Chosen choose(const Tuning& tuning, DType dtype = DType::f32) {
    Chosen chosen;
    Graph graph;
    graph.add1("layer", std::make_shared<Choosing>(chosen.value), {graph.input("x", {dtype, {2, 7, 7, 96}})});
    KernelPlan plan;
    plan.tuning = tuning;
    chosen.program = lower(graph, plan);
    return chosen;
}

constexpr const char* choice_key = "choosing way | f32 2x7x7x96 -> 2x7x7x96";

TEST(ChoicesTest, TheFirstCandidateIsTheDefault) {
    const Chosen chosen = choose({});
    EXPECT_EQ(chosen.value, 1);
    ASSERT_EQ(chosen.program.choices.size(), 1u);
    const ChoicePoint& point = chosen.program.choices.front();
    EXPECT_EQ(point.key(), choice_key);
    EXPECT_THAT(point.candidates, testing::ElementsAre("a", "b", "c"));
    EXPECT_EQ(point.chosen, 0u);
}

TEST(ChoicesTest, ATuningNamesAnother) {
    EXPECT_EQ(choose({{choice_key, {"b"}}}).value, 2);
    EXPECT_EQ(choose({{choice_key, {"c"}}}).value, 4);
    EXPECT_EQ(choose({{choice_key, {"c"}}}).program.choices.front().chosen, 2u);
    EXPECT_EQ(choose({{choice_key, {"a"}}}).value, 1);
}

TEST(ChoicesTest, WhatIsUnknownCountsForNothing) {
    EXPECT_EQ(choose({{choice_key, {"d"}}}).value, 1);
    EXPECT_EQ(choose({{choice_key, {""}}}).value, 1);
    EXPECT_EQ(choose({{"choosing way | f32 1x7x7x96 -> 1x7x7x96", {"b"}}}).value, 1);
    EXPECT_EQ(choose({{"other way | f32 2x7x7x96 -> 2x7x7x96", {"b"}}}).value, 1);
    EXPECT_EQ(choose({{choice_key, {"b"}}}, DType::f16).value, 1);
}

Graph trained(Graph graph, ValueId features, const Fusion& fusion) {
    const ValueId labels = graph.input("labels", {DType::i32, {3, 1, 1, 1}});
    const ValueId loss = graph.add1("loss", ops::softmax_cross_entropy({0, 3}), {features, labels});
    graph.value(loss).role = Role::metric;
    pack_parameters(graph);
    add_gradients(graph, loss);
    return fuse_training(graph, fusion);
}

// Returns a training step with a layer of every kind that has choices, on odd sizes.
Graph small_network(const Fusion& fusion) {
    Graph graph;
    Block block(graph, DType::f32);
    ValueId x = graph.input("images", f32({3, 11, 13, 3}));
    x = graph.add1("stem", ops::convolution(1, Padding::symmetric), {x, block.weight("w", {3, 3, 4, 20})});
    x = block.batch_norm("bn1", x, Activation::hard_swish);
    x = block.depthwise("wide", x, 5, 2);
    x = block.batch_norm("bn2", x, Activation::relu);
    x = block.squeeze_excite("se", x);
    x = block.pointwise("project", x, 44);
    x = block.batch_norm("bn3", x, Activation::none);
    x = block.depthwise("narrow", x, 3, 1);
    x = block.pointwise("classify", graph.add1("pool", ops::global_average_pool(), {x}), 7);
    return trained(std::move(graph), x, fusion);
}

// Returns less of it: a GPU's large tiles take a software device's compiler seconds.
Graph smaller_network(const Fusion& fusion) {
    Graph graph;
    Block block(graph, DType::f32);
    ValueId x = block.pointwise("project", graph.input("x", f32({3, 5, 7, 20})), 44);
    x = block.batch_norm("bn", x, Activation::relu);
    x = block.depthwise("narrow", x, 3, 1);
    // Not in the call, which may have moved the graph before.
    x = graph.add1("pool", ops::global_average_pool(), {x});
    return trained(std::move(graph), x, fusion);
}

void expect_candidates_match_reference(PlannedDevice& device, const Graph& graph) {
    std::set<std::string> choices;
    KernelChecker checker(device, [&](const KernelCheck& check) {
        choices.insert(check.variant.substr(check.variant.find(',') + 1));
        EXPECT_TRUE(check.ok) << device.description() << ", " << check.kernel << " " << check.variant << ": "
                              << check.message;
    });
    checker.check_candidates(graph);
    EXPECT_GT(choices.size(), 30u);
}

TEST(CandidatesTest, AllMatchReference) {
    // Other drivers compile the same candidates.
    const std::vector<DeviceUnderTest> all = devices();
    for (const DeviceUnderTest& device : std::span(all).first(variants_wanted() ? all.size() : 1))
        expect_candidates_match_reference(*device.device, small_network(device.device->plan().fusion));
}

TEST(CandidatesTest, ThoseOfAGpuMatchReference) {
    KernelPlan plan = devices().front().device->plan();
    plan.device.device_class = engine::DeviceClass::wide_gpu;
    plan.kernels.column_tree = true;
    plan.kernels.gemm_sharing = Sharing::shared_memory;
    plan.kernels.depthwise_tile = {2, 2};
    plan.kernels.depthwise_narrow_tile = plan.kernels.depthwise_strided_tile = {};
    plan.fusion.statistics = plan.fusion.batch_norm_sums = true;
    PlannedDevice device(instance().open(0), plan);
    expect_candidates_match_reference(device, smaller_network(plan.fusion));
}

}  // namespace
}  // namespace vkm::test
