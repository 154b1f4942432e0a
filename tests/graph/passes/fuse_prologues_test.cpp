#include "graph/support/block.h"
#include "graph/support/networks.h"
#include "graph/support/operator_test.h"
#include "support/variants.h"

#include <graph/flat_buffers.h>
#include <graph/gradients.h>
#include <graph/ops/batch_norm.h>
#include <graph/ops/cast.h>
#include <graph/ops/channel_scale.h>
#include <graph/ops/depthwise.h>
#include <graph/ops/global_average_pool.h>
#include <graph/ops/pointwise.h>
#include <graph/ops/pointwise_grad.h>
#include <graph/ops/softmax_cross_entropy.h>
#include <graph/passes/fuse_prologues.h>
#include <graph/passes/training.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vkm::test {
namespace {

using namespace graph;
using testing::Contains;
using testing::Not;

struct PrologueCase {
    Shape x;
    int64_t kernel = 3, stride = 1, out = 8;
    bool squeeze_excite = false;
    bool linear = false;  ///< no kinks, on whose other side rounding may put one of many values
};

Build block(const PrologueCase& c) {
    return [c](Graph& graph, DType dtype) {
        Block b(graph, dtype);
        ValueId v = differentiable(graph, "x", {dtype, c.x});
        v = b.batch_norm("expand", v, c.linear ? Activation::none : Activation::hard_swish);
        v = b.depthwise("depthwise", v, c.kernel, c.stride);
        v = b.batch_norm("norm", v, c.linear ? Activation::none : Activation::relu6);
        if (c.squeeze_excite) v = b.squeeze_excite("se", v);
        return b.pointwise("project", v, c.out);
    };
}

// Returns options with weights as in networks: sums of products are of the order of one.
Options small_weights(const PrologueCase& c) {
    Options options;
    options.fill["depthwise.w"] = [](HostTensor& w) {
        for (double& v : w.values)
            v *= 0.3;
    };
    // Rows of weights that only padding channels meet are zero.
    const auto matrix = [channels = c.x.c](HostTensor& w) {
        for (int64_t k = 0; k < w.shape.w; ++k)
            for (int64_t n = 0; n < w.shape.c; ++n)
                w.at(k, n) *= k < channels ? 0.2 : 0;
    };
    options.fill["project.w"] = options.fill["se.fc.w"] = matrix;
    options.pass = [](const Graph& graph) { return fuse_training(graph); };
    return options;
}

class FuseProloguesTest : public testing::TestWithParam<PrologueCase> {};

// Expects it in fp32 only: rounded to half precision, some value would lie on the other side of a kink.
void expect_holds_in_fp32(const PrologueCase& c) {
    Options options = small_weights(c);
    options.fp16 = false;
    expect_matches_reference(block(c), options);
}

// Expects it in fp16, within a chain of roundings and fp32 sums over it.
void expect_holds_in_half_precision(PrologueCase c) {
    c.linear = true;
    Options options = small_weights(c);
    options.fp32 = variants_wanted();  // as with kinks
    options.fp32_tolerance = options.fp16_tolerance = 1e-2;
    expect_matches_reference(block(c), options);
}

TEST_P(FuseProloguesTest, DevicesMatchTheReferenceForwardAndBackward) {
    expect_holds_in_fp32(GetParam());
}

TEST_P(FuseProloguesTest, DevicesMatchTheReferenceInHalfPrecision) {
    expect_holds_in_half_precision(GetParam());
}

INSTANTIATE_TEST_SUITE_P(OddSizes, FuseProloguesTest,
                         testing::ValuesIn(with_variants<PrologueCase>(
                             {{{2, 12, 9, 20}, 5, 2, 37}, {{5, 11, 13, 67}, 3, 2, 10, true}},
                             {{{3, 7, 5, 13}, 3, 1, 11}, {{2, 17, 7, 40}, 5, 1, 24, true}})));

TEST(FuseProloguesTest, MatchesTheReferenceWhateverTheLanesShare) {
    for (const Sharing sharing : {Sharing::shuffle, Sharing::shared_memory, Sharing::direct}) {
        const PrologueCase c{{3, 9, 7, 27}, 3, 1, 44, true};
        Options options = small_weights(c);
        options.fp16 = false;
        options.devices = [sharing] { return devices({.sharing = sharing, .column_tree = true}); };
        expect_matches_reference(block(c), options);
    }
}

TEST(FuseProloguesTest, MatchesTheReferenceFromSharedMemory) {
    Options options = small_weights({{2, 17, 7, 40}, 5, 1, 24, true});
    options.fp16 = false;
    options.devices = [] { return devices({.column_tree = true, .depthwise_staged_bytes = 20'480}); };
    expect_matches_reference(block({{2, 17, 7, 40}, 5, 1, 24, true}), options);
    PrologueCase half{{5, 9, 13, 67}, 3, 2, 10, true};
    half.linear = true;
    options = small_weights(half);
    options.fp32 = false;
    options.fp32_tolerance = options.fp16_tolerance = 1e-2;
    options.devices = [] { return devices({.column_tree = true, .depthwise_staged_bytes = 20'480}); };
    expect_matches_reference(block(half), options);
}

TEST(FuseProloguesTest, MatchesTheReferenceOnMatrixUnits) {
    if (const auto has = has_matrix_units(); !has) GTEST_SKIP() << has.message();
    for (const PrologueCase& c :
         {PrologueCase{{3, 9, 7, 27}, 3, 1, 44, true, true}, {{2, 23, 29, 8}, 3, 1, 37, false, true}}) {
        Options options = small_weights(c);
        options.fp32_tolerance = options.fp16_tolerance = 1e-2;
        options.devices = [] { return devices_on_matrix_units({.column_tree = true}); };
        expect_matches_reference(block(c), options);
    }
}

TEST(FuseProloguesTest, MatchesTheReferenceOnTensorsBeyondTheBindingRange) {
    const PrologueCase c{{26, 20, 16, 40}, 3, 1, 36, true, true};
    expect_holds_in_fp32(c);
    expect_holds_in_half_precision(c);
}

TEST(NormaliseOnLoadTest, ReadersNormaliseAndTheResultIsNeverWritten) {
    const Graph before = gradients_of(block({{2, 6, 5, 8}}));
    EXPECT_THAT(operators(before), Contains("batch_norm").Times(2));
    const Graph after = normalise_on_load(before);
    EXPECT_THAT(operators(after), Not(Contains("batch_norm")));
    EXPECT_THAT(operators(after), Contains("batch_norm_coefficients").Times(2));
    int through = 0;
    for (const Node& node : after.nodes())
        if (const auto* op = as<PrologueOperator>(node)) through += op->prologue().normalise ? 1 : 0;
    EXPECT_EQ(through, 4) << "both convolutions and their weight gradients";
}

TEST(NormaliseOnLoadTest, AResultThatSomebodyElseReadsStays) {
    const Graph before = gradients_of(block({{2, 6, 5, 8}, 3, 1, 8, true}));
    const Graph after = normalise_on_load(before);
    EXPECT_THAT(operators(after), Contains("batch_norm").Times(1))
        << "squeeze-and-excite scales it in a kernel";
    EXPECT_THAT(operators(after), Contains("batch_norm_coefficients").Times(1));
}

TEST(NormaliseOnLoadTest, SqueezeAndExciteNormalisesWhereTheConvolutionScales) {
    const Graph before = gradients_of(block({{2, 6, 5, 8}, 3, 1, 8, true}));
    const Graph after = normalise_on_load(scale_on_load(before));
    EXPECT_THAT(operators(after), Not(Contains("batch_norm")));
    std::vector<std::string> through;
    for (const Node& node : after.nodes())
        if (const auto* op = as<PrologueOperator>(node);
            op && op->prologue().normalise && op->prologue().activation == Activation::relu6)
            through.emplace_back(node.op->name());
    EXPECT_THAT(through, testing::UnorderedElementsAre("global_average_pool", "pointwise",
                                                       "pointwise_weight_grad", "channel_scale_grad"));
}

TEST(NormaliseOnLoadTest, ADeviceChoosesByTheKindOfConvolution) {
    const Graph before = gradients_of(block({{2, 6, 5, 8}}));
    const Graph after = normalise_on_load(before, {.normalise_pointwise = false});
    EXPECT_THAT(operators(after), Contains("batch_norm").Times(1));
    for (const Node& node : after.nodes()) {
        const auto* op = as<PrologueOperator>(node);
        if (!op) continue;
        EXPECT_EQ(op->prologue().normalise, node.layer == "depthwise") << node.layer;
    }
}

TEST(ScaleOnLoadTest, TheConvolutionAndItsWeightGradientScale) {
    const Graph before = gradients_of(block({{2, 6, 5, 8}, 3, 1, 8, true}));
    const Graph after = scale_on_load(before);
    // What is left is the gradient with respect to what is scaled.
    EXPECT_THAT(operators(before), Contains("channel_scale").Times(2));
    EXPECT_THAT(operators(after), Contains("channel_scale").Times(1));
    for (const Node& node : after.nodes()) {
        if (node.layer != "project" || as<ops::PointwiseInputGrad>(node)) continue;
        EXPECT_TRUE(as<PrologueOperator>(node)->prologue().channel_scale);
    }
}

// All fusions together, over blocks of every kind: what one pass makes of a node the next one must know.
TEST(FuseTrainingTest, AWholeNetworkComputesWhatItDidUnfused) {
    const std::pair<const char*, SeOrder> networks[] = {{"mobilenet_v3_large", SeOrder::after},
                                                        {"mobilenet_v3_small", SeOrder::before},
                                                        {"mobilenet_v2", SeOrder::after}};
    for (const auto& [model, se_order] : networks) {
        ModelConfig config = model_config(model);
        config.se_order = se_order;
        config.input_size = 32;
        config.num_classes = 5;
        config.width = 0.25;
        config.dropout = 0;
        TestNetwork network = test_network(config, 2, Mode::training);
        Graph& before = network.graph;
        const ValueId labels = before.input("labels", {DType::i32, {2, 1, 1, 1}});
        const ValueId loss = before.add1("loss", ops::softmax_cross_entropy(), {network.logits, labels});
        before.value(loss).role = Role::metric;
        std::map<ValueId, HostTensor> values = trained_values(before, 3);
        values[network.images] = noise(before.type(network.images).shape, 4);
        values[labels] = HostTensor({2, 1, 1, 1});
        pack_parameters(before);
        add_gradients(before, loss);
        const Graph after = fuse_training(before);
        EXPECT_LT(after.nodes().size(), before.nodes().size());
        auto fused = values;
        run_reference(before, values);
        run_reference(after, fused);
        EXPECT_NEAR(fused.at(loss).values[0], values.at(loss).values[0], 1e-9) << model;
        for (const ValueId id : before.with_role(Role::gradient)) {
            if (flat_buffer(before, Role::gradient) == id) continue;
            const HostTensor &want = values.at(id), &got = fused.at(id);
            for (size_t i = 0; i < want.values.size(); ++i)
                ASSERT_NEAR(got.values[i], want.values[i], 1e-7 * (1 + std::abs(want.values[i])))
                    << model << " " << before.value(id).name;
        }
    }
}

TEST(FuseProloguesTest, TheFusedGraphComputesWhatTheOtherDoes) {
    for (const bool squeeze_excite : {false, true}) {
        const Graph before = gradients_of(block({{2, 7, 5, 9}, 3, 2, 6, squeeze_excite}));
        const Graph after = fuse_training(before);
        std::map<ValueId, HostTensor> values;
        for (size_t i = 0; i < before.values().size(); ++i) {
            const auto id = static_cast<ValueId>(i);
            const Value& value = before.value(id);
            if (value.producer < 0 && (value.role == Role::parameter || value.role == Role::state) &&
                flat_buffer(before, value.role) != id)
                values[id] = noise(value.type.shape, i);
        }
        values[before.find("labels")] = HostTensor({2, 1, 1, 1});
        auto fused = values;
        run_reference(before, values);
        run_reference(after, fused);
        for (const ValueId id : before.with_role(Role::gradient)) {
            if (flat_buffer(before, Role::gradient) == id) continue;
            const HostTensor &want = values.at(id), &got = fused.at(id);
            for (size_t i = 0; i < want.values.size(); ++i)
                ASSERT_NEAR(got.values[i], want.values[i], 1e-9) << before.value(id).name;
        }
    }
}

}  // namespace
}  // namespace vkm::test
