#include "graph/support/block.h"
#include "support/variants.h"

#include <graph/ops/convolution.h>
#include <graph/passes/gather_batch_statistics.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vkm::test {
namespace {

using namespace graph;
using testing::Contains;
using testing::Not;

using Layer = std::function<ValueId(Block&, Graph&, ValueId x)>;

Layer pointwise(int64_t out) {
    return [=](Block& b, Graph&, ValueId x) { return b.pointwise("layer", x, out); };
}
Layer depthwise(int64_t kernel, int64_t stride) {
    return [=](Block& b, Graph&, ValueId x) { return b.depthwise("layer", x, kernel, stride); };
}
Layer convolution(int64_t kernel, int64_t stride, int64_t out) {
    return [=](Block& b, Graph& g, ValueId x) {
        return g.add1("layer", ops::convolution(stride, Padding::same),
                      {x, b.weight("layer.w", {kernel, kernel, round_up4(g.type(x).shape.c), out})});
    };
}

Build normalised(Shape shape, const Layer& layer) {
    return [=](Graph& graph, DType dtype) {
        Block b(graph, dtype);
        const ValueId y = layer(b, graph, differentiable(graph, "x", {dtype, shape}));
        return b.batch_norm("norm", y, Activation::none);
    };
}

Options gathered() {
    Options options;
    options.pass = [](const Graph& graph) { return gather_batch_statistics(graph); };
    // Weights as they are in networks; rows that only padding channels meet are zero.
    options.fill["layer.w"] = [](HostTensor& w) {
        for (double& v : w.values)
            v *= 0.2;
    };
    // The reference normalises what has not been rounded to half precision.
    options.fp16_tolerance = 1e-2;
    return options;
}

void expect_gathers(Shape shape, const Layer& layer, const Options& options = gathered()) {
    Options fp32 = options;
    const bool many_rows = shape.rows() >= 64;  // of few, roundings are a large part of the deviation
    fp32.fp16 = false;
    fp32.gradients = many_rows;
    expect_matches_reference(normalised(shape, layer), fp32);
    if (!many_rows) return;
    Options half = options;
    half.fp32 = variants_wanted();
    half.fp32_tolerance = half.fp16_tolerance = 1e-2;
    expect_matches_reference(normalised(shape, layer), half);
}

TEST(GatherBatchStatisticsTest, EveryConvolutionGathersWhatItStores) {
    expect_gathers({3, 7, 5, 12}, pointwise(37));
    expect_gathers({2, 13, 11, 20}, depthwise(3, 1));
    expect_gathers({3, 9, 7, 44}, depthwise(5, 2));
    expect_gathers({2, 17, 13, 3}, convolution(3, 2, 16));
    expect_gathers({2, 7, 9, 8}, convolution(5, 1, 10));
}

TEST(GatherBatchStatisticsTest, WithAGpusReductionsWhateverTheLanesShare) {
    for (const Sharing sharing : {Sharing::shuffle, Sharing::shared_memory, Sharing::direct}) {
        Options options = gathered();
        options.devices = [sharing] { return devices({.sharing = sharing, .column_tree = true}); };
        for (const Shape shape : {Shape{3, 7, 5, 12}, {2, 1, 1, 16}, {5, 23, 29, 8}})
            expect_gathers(shape, pointwise(20), options);
    }
    Options options = gathered();
    options.devices = [] { return devices({.column_tree = true}); };
    expect_gathers({2, 13, 11, 72}, depthwise(3, 1), options);
    expect_gathers({5, 23, 25, 4}, depthwise(5, 2), options);
    expect_gathers({3, 27, 23, 3}, convolution(3, 2, 16), options);
}

TEST(GatherBatchStatisticsTest, OfDepthwiseLayersFromSharedMemory) {
    Options options = gathered();
    options.devices = [] { return devices({.column_tree = true, .depthwise_staged_bytes = 20'480}); };
    expect_gathers({5, 9, 7, 20}, depthwise(5, 1), options);
    expect_gathers({3, 29, 15, 12}, depthwise(3, 2), options);
}

// Of `workgroups` for a reduction there are so many partial results that those of groups are merged first.
Options merged_by_arrival(std::optional<uint32_t> workgroups = {}, std::optional<uint32_t> staged = {}) {
    Options options = gathered();
    options.devices = [=] {
        return devices({.sharing = Sharing::shared_memory,
                        .column_tree = true,
                        .merge_by_arrival = true,
                        .target_workgroups = workgroups,
                        .depthwise_staged_bytes = staged});
    };
    return options;
}

TEST(GatherBatchStatisticsTest, MergedByTheLastWorkgroup) {
    expect_gathers({5, 23, 29, 8}, pointwise(20), merged_by_arrival());
    expect_gathers({2, 7, 5, 9}, pointwise(131), merged_by_arrival());
    expect_gathers({2, 13, 11, 72}, depthwise(3, 1), merged_by_arrival());
    expect_gathers({3, 29, 15, 12}, depthwise(3, 2), merged_by_arrival({}, 20'480));
}

TEST(GatherBatchStatisticsTest, MergedByTheLastWorkgroupsOfGroups) {
    expect_gathers({7, 37, 31, 8}, pointwise(67), merged_by_arrival(1024));
    expect_gathers({7, 29, 31, 68}, depthwise(5, 1), merged_by_arrival(4096, 20'480));
}

TEST(GatherBatchStatisticsTest, OnMatrixUnits) {
    if (const auto has = has_matrix_units(); !has) GTEST_SKIP() << has.message();
    for (const bool tree : {false, true}) {
        Options options = gathered();
        options.devices = [tree] {
            return devices_on_matrix_units({.column_tree = tree, .merge_by_arrival = tree});
        };
        for (const Shape shape : {Shape{3, 7, 5, 12}, {5, 23, 29, 8}, {9, 24, 16, 40}})
            expect_gathers(shape, pointwise(shape.c == 40 ? 100 : 20), options);
    }
}

TEST(GatherBatchStatisticsTest, OnTensorsBeyondTheBindingRange) {
    expect_gathers({23, 24, 16, 40}, pointwise(36));
    expect_gathers({23, 24, 16, 40}, depthwise(3, 1));
    expect_gathers({23, 56, 48, 3}, convolution(3, 2, 16));
}

TEST(GatherBatchStatisticsTest, KeepTheirAccuracyWhereTheMeanIsAThousandDeviations) {
    for (const bool tree : {false, true}) {
        Options options = gathered();
        options.fp16 = options.gradients = false;  // gradients sum a thousand times what they come to
        // y itself is rounded to 1000 * 2^-24 = 6e-5 deviations, in its sum too.
        options.fp32_tolerance = 5e-4;
        options.devices = [tree] { return devices({.column_tree = tree}); };
        options.fill["x"] = [](HostTensor& x) {
            for (double& v : x.values)
                v += 1000;
        };
        options.fill["layer.w"] = [](HostTensor& w) {
            for (double& v : w.values)
                v = 0;
            for (int64_t c = 0; c < w.shape.c; ++c)
                w.at(w.shape.h > 1 ? 4 : c, c) = 1;  // y = x
        };
        expect_matches_reference(normalised({7, 9, 11, 12}, pointwise(12)), options);
        expect_matches_reference(normalised({7, 9, 11, 12}, depthwise(3, 1)), options);
    }
}

TEST(GatherBatchStatisticsTest, NobodyReadsTheResultAgainForThem) {
    const Graph before = gradients_of([](Graph& g, DType dtype) {
        Block b(g, dtype);
        const ValueId x = differentiable(g, "x", {dtype, {2, 6, 5, 8}});
        ValueId v = b.batch_norm("first", b.pointwise("expand", x, 24), Activation::hard_swish);
        return b.batch_norm("second", b.depthwise("depthwise", v, 3, 1), Activation::relu);
    });
    EXPECT_THAT(operators(before), Contains("batch_statistics").Times(2));
    const Graph after = gather_batch_statistics(before);
    EXPECT_THAT(operators(after), Not(Contains("batch_statistics")));
    for (const Node& node : after.nodes())
        if (const auto* convolution = as<ConvolutionOperator>(node)) {
            EXPECT_TRUE(convolution->epilogue().statistics) << node.layer;
            ASSERT_EQ(node.outputs.size(), 2u);
            EXPECT_EQ(after.type(node.outputs[1]), f32({1, 1, 3, after.type(node.outputs[0]).shape.c}));
        }
}

TEST(GatherBatchStatisticsTest, WhatNoConvolutionMakesIsReadForThem) {
    const Graph before = gradients_of([](Graph& g, DType dtype) {
        Block b(g, dtype);
        return b.batch_norm("first", differentiable(g, "x", {dtype, {2, 6, 5, 8}}), Activation::relu);
    });
    EXPECT_EQ(operators(gather_batch_statistics(before)), operators(before));
}

}  // namespace
}  // namespace vkm::test
