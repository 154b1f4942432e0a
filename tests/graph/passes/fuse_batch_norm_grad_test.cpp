#include "graph/support/block.h"
#include "support/variants.h"

#include <graph/kernels/gradient_epilogue.h>
#include <graph/kernels/gradient_prologue.h>
#include <graph/ops/add.h>
#include <graph/ops/convolution.h>
#include <graph/passes/fuse_additions.h>
#include <graph/passes/fuse_batch_norm_grad.h>
#include <graph/passes/fuse_prologues.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vkm::test {
namespace {

using namespace graph;
using testing::Contains;
using testing::Not;

// Builds a bottleneck with a skip connection: the gradient of every batch norm's output
// comes out of a convolution.
Build bottleneck(Shape shape, int64_t kernel, int64_t stride, Activation activation) {
    return [=](Graph& graph, DType dtype) {
        Block b(graph, dtype);
        const int64_t c = shape.c;
        ValueId x = differentiable(graph, "x", {dtype, shape});
        x = b.batch_norm("before", b.pointwise("first", x, c), Activation::none);
        ValueId v = b.batch_norm("wide", b.pointwise("expand", x, 2 * c + 1), activation);
        v = b.batch_norm("deep", b.depthwise("depthwise", v, kernel, stride), activation);
        v = b.pointwise("project", v, c);
        return stride == 1 ? graph.add1("sum", ops::add(), {v, x}) : v;
    };
}

Graph all(const Graph& graph) {
    return gather_batch_norm_sums(normalise_on_load(add_in_gradients(graph)));
}

Options fused(int64_t c) {
    Options options;
    options.pass = all;
    const auto small = [](int64_t rows) {
        return [rows](HostTensor& w) {  // rows that only padding channels meet are zero
            for (int64_t k = 0; k < w.shape.w; ++k)
                for (int64_t n = 0; n < w.shape.c; ++n)
                    w.at(k, n) *= k < rows ? 0.2 : 0;
        };
    };
    options.fill["first.w"] = options.fill["expand.w"] = small(c);
    options.fill["project.w"] = small(2 * c + 1);
    return options;
}

void expect_holds_in_half_precision(Shape shape, int64_t kernel, int64_t stride, Options options) {
    options.fp32 = variants_wanted();                          // as with an activation
    options.fp32_tolerance = options.fp16_tolerance = 1.5e-2;  // of a chain of roundings
    expect_matches_reference(bottleneck(shape, kernel, stride, Activation::none), options);
}

void expect_holds_in_fp32(Shape shape, int64_t kernel, int64_t stride, Options options) {
    options.fp16 = false;  // rounded to it, some value lies on the other side of a kink
    expect_matches_reference(bottleneck(shape, kernel, stride, Activation::hard_swish), options);
}

void expect_holds(Shape shape, int64_t kernel, int64_t stride, const Options& options) {
    expect_holds_in_fp32(shape, kernel, stride, options);
    expect_holds_in_half_precision(shape, kernel, stride, options);
}

void expect_holds_whatever_the_lanes_share(Graph (*pass)(const Graph&)) {
    for (const Sharing sharing : {Sharing::shuffle, Sharing::shared_memory, Sharing::direct}) {
        Options options = fused(13);
        options.pass = pass;
        options.devices = [sharing] { return devices({.sharing = sharing, .column_tree = true}); };
        expect_holds_in_fp32({3, 9, 7, 13}, 3, 1, options);
        // Storage changes nothing of how lanes share.
        if (variants_wanted()) expect_holds_in_half_precision({3, 9, 7, 13}, 3, 1, options);
    }
}

void expect_holds_on_matrix_units(const std::function<Graph(const Graph&)>& pass) {
    if (const auto has = has_matrix_units(); !has) GTEST_SKIP() << has.message();
    for (const bool tree : {false, true})
        for (const Shape shape : {Shape{3, 9, 7, 13}, {2, 23, 17, 36}}) {
            Options options = fused(shape.c);
            options.pass = pass;
            options.devices = [tree] {
                return devices_on_matrix_units({.column_tree = tree, .merge_by_arrival = tree});
            };
            expect_holds_in_half_precision(shape, 3, 1, options);
        }
}

TEST(GatherBatchNormSumsTest, DevicesMatchTheReferenceOnOddSizes) {
    expect_holds({2, 11, 13, 10}, 5, 1, fused(10));
    if (variants_wanted()) expect_holds({3, 7, 5, 13}, 3, 1, fused(13));
}

TEST(GatherBatchNormSumsTest, WithAGpusReductionsWhateverTheLanesShare) {
    expect_holds_whatever_the_lanes_share(all);
    if (!variants_wanted()) return;
    Options options = fused(36);
    options.devices = [] { return devices({.column_tree = true}); };
    expect_holds({2, 11, 9, 36}, 5, 1, options);
}

TEST(GatherBatchNormSumsTest, OnMatrixUnits) {
    expect_holds_on_matrix_units(all);
}

TEST(GatherBatchNormSumsTest, OnTensorsBeyondTheBindingRange) {
    expect_holds({23, 24, 16, 20}, 3, 1, fused(20));
}

TEST(GatherBatchNormSumsTest, GradientsComeOutOfTheirKernelsWithTheirSums) {
    const Graph before = gradients_of(bottleneck({2, 6, 5, 8}, 3, 1, Activation::hard_swish));
    EXPECT_THAT(operators(before), Contains("batch_norm_sums").Times(3));
    const Graph after = all(before);
    EXPECT_THAT(operators(after), Not(Contains("batch_norm_sums")));
    EXPECT_THAT(operators(after), Contains("batch_norm_input_grad").Times(3));
    for (const Node& node : after.nodes()) {
        if (const auto* norm = as<ops::BatchNormInputGrad>(node)) {
            EXPECT_EQ(norm->activation, Activation::none) << "it has been gone through";
        }
        if (const auto* op = as<InputGradOperator>(node); op && node.layer != "first") {
            ASSERT_TRUE(op->epilogue().batch_norm) << node.layer;
            EXPECT_EQ(op->epilogue().residual, node.layer == "expand");
            EXPECT_EQ(node.outputs.size(), 4u);
        }
    }
}

TEST(GatherBatchNormSumsTest, AnActivationWithoutCoefficientsIsLeftAlone) {
    const Graph before = gradients_of(bottleneck({2, 6, 5, 8}, 3, 1, Activation::hard_swish));
    const Graph after = gather_batch_norm_sums(add_in_gradients(before));
    EXPECT_THAT(operators(after), Contains("batch_norm_sums").Times(2))
        << "all but the one without activation";
}

Graph formed(const Graph& graph) {
    return batch_norm_grad_on_load(all(graph));
}

void expect_forms(Shape shape, int64_t kernel, int64_t stride, Options options) {
    options.pass = formed;
    expect_holds(shape, kernel, stride, options);
}

TEST(BatchNormGradOnLoadTest, DevicesMatchTheReferenceOnOddSizes) {
    expect_forms({2, 11, 13, 10}, 5, 1, fused(10));
    if (variants_wanted()) expect_forms({3, 7, 5, 13}, 3, 1, fused(13));
}

TEST(BatchNormGradOnLoadTest, WithAGpusReductionsWhateverTheLanesShare) {
    expect_holds_whatever_the_lanes_share(formed);
}

TEST(BatchNormGradOnLoadTest, MergedByTheLastWorkgroup) {
    for (const auto& [shape, workgroups] : {std::pair<Shape, std::optional<uint32_t>>{{2, 11, 9, 36}, {}},
                                            {{3, 9, 7, 13}, {}},
                                            {{7, 17, 19, 34}, 4096}}) {  // by groups
        Options options = fused(shape.c);
        options.pass = formed;
        options.devices = [workgroups] {
            return devices({.sharing = Sharing::shared_memory,
                            .column_tree = true,
                            .merge_by_arrival = true,
                            .target_workgroups = workgroups});
        };
        expect_holds_in_fp32(shape, 3, 1, options);
        if (variants_wanted()) expect_holds_in_half_precision(shape, 3, 1, options);
    }
}

TEST(BatchNormGradOnLoadTest, OnMatrixUnits) {
    expect_holds_on_matrix_units(formed);
}

TEST(BatchNormGradOnLoadTest, OnTensorsBeyondTheBindingRange) {
    expect_forms({23, 24, 16, 20}, 3, 1, fused(20));
}

TEST(BatchNormGradOnLoadTest, OfAStridedAndOfADenseConvolution) {
    const Build build = [](Graph& graph, DType dtype) {
        Block b(graph, dtype);
        const ValueId x = differentiable(graph, "x", {dtype, {2, 13, 11, 3}});
        ValueId v =
            graph.add1("stem", ops::convolution(2, Padding::same), {x, b.weight("stem.w", {3, 3, 4, 10})});
        v = b.batch_norm("first", v, Activation::hard_swish);
        v = b.batch_norm("second", b.depthwise("depthwise", v, 5, 2), Activation::relu);
        return b.pointwise("project", v, 7);
    };
    Options options = fused(10);
    options.fp16 = false;
    options.fill["stem.w"] = [](HostTensor& w) {
        for (double& v : w.values)
            v *= 0.3;
    };
    options.fill["project.w"] = [](HostTensor& w) {
        for (int64_t k = 0; k < w.shape.w; ++k)
            for (int64_t n = 0; n < w.shape.c; ++n)
                w.at(k, n) *= k < 10 ? 0.2 : 0;
    };
    options.pass = formed;
    expect_matches_reference(build, options);
}

TEST(BatchNormGradOnLoadTest, NobodyWritesAGradientThatItsReadersForm) {
    const Graph before = gradients_of(bottleneck({2, 6, 5, 8}, 3, 1, Activation::hard_swish));
    const Graph after = formed(before);
    EXPECT_THAT(operators(after), Not(Contains("batch_norm_input_grad")));
    EXPECT_THAT(operators(after), Contains("batch_norm_gradient_coefficients").Times(3));
    int forming = 0;
    for (const Node& node : after.nodes())
        if (const auto* op = as<GradientReader>(node)) forming += op->forms_gradient();
    EXPECT_EQ(forming, 6) << "both gradients of the three convolutions before a batch norm";
}

TEST(BatchNormGradOnLoadTest, ADeviceChoosesByTheKindOfConvolution) {
    const Graph before = all(gradients_of(bottleneck({2, 6, 5, 8}, 3, 1, Activation::hard_swish)));
    const Graph after = batch_norm_grad_on_load(before, {.gradient_depthwise = false});
    EXPECT_THAT(operators(after), Contains("batch_norm_input_grad").Times(1));
    for (const Node& node : after.nodes())
        if (const auto* op = as<GradientReader>(node); op && node.layer != "project") {
            EXPECT_EQ(op->forms_gradient(), node.layer != "depthwise") << node.layer;
        }
}

TEST(BatchNormGradOnLoadTest, AnActivationThatIsStillToBeGoneThroughIsLeftAlone) {
    const Graph before = gradients_of(bottleneck({2, 6, 5, 8}, 3, 1, Activation::hard_swish));
    EXPECT_THAT(operators(batch_norm_grad_on_load(before)), Contains("batch_norm_input_grad").Times(2));
}

// Builds a skip connection: its sum hands the same gradient to both of its operands.
Build skip(Activation activation) {
    return [=](Graph& graph, DType dtype) {
        Block b(graph, dtype);
        const ValueId x = differentiable(graph, "x", {dtype, {2, 6, 5, 8}});
        const ValueId v = graph.add1("sum", ops::add(), {b.batch_norm("norm", x, activation), x});
        return b.pointwise("next", v, 8);
    };
}

TEST(GatherBatchNormSumsTest, AGradientThatTheActivationWouldChangeForOthersIsLeftAlone) {
    const Graph before = gradients_of(skip(Activation::relu));
    EXPECT_EQ(operators(gather_batch_norm_sums(before)), operators(before));
}

TEST(GatherBatchNormSumsTest, WithoutActivationOthersMayReadTheGradientToo) {
    const Graph after = gather_batch_norm_sums(gradients_of(skip(Activation::none)));
    EXPECT_THAT(operators(after), Not(Contains("batch_norm_sums")));
    EXPECT_THAT(operators(after), Contains("add").Times(2)) << "the sum, and its gradient's";
}

}  // namespace
}  // namespace vkm::test
