#include <gmock/gmock.h>
#include <graph/weights/network_file/network_file.h>
#include <gtest/gtest.h>
#include <support/bytes.h>

namespace vkm::graph {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

/// Builds a file's operators one behind the other.
class Builder {
  public:
    Builder() { net_.values = 1; }

    FileValue node(FileOp op, std::vector<FileValue> inputs) {
        net_.nodes.push_back({.op = op, .name = "node", .inputs = std::move(inputs), .output = net_.values});
        return net_.output = net_.values++;
    }
    FileValue affine(FileValue x, std::vector<float> a, std::vector<float> b) {
        const FileValue y = node(FileOp::affine, {x});
        net_.nodes.back().a = std::move(a);
        net_.nodes.back().b = std::move(b);
        return y;
    }
    FileValue clip(FileValue x, float low, float high) {
        const FileValue y = node(FileOp::clip, {x});
        net_.nodes.back().low = low;
        net_.nodes.back().high = high;
        return y;
    }
    FileValue convolution(FileValue x, std::vector<float> weight, std::vector<float> bias = {}) {
        const FileValue y = node(FileOp::convolution, {x});
        net_.nodes.back().shape = {static_cast<int64_t>(weight.size()), 1, 1, 1};
        net_.nodes.back().weight = std::move(weight);
        net_.nodes.back().bias = std::move(bias);
        return y;
    }
    FileNode& last() { return net_.nodes.back(); }

    NetworkFile simplified() {
        simplify(net_, "file");
        return std::move(net_);
    }

  private:
    NetworkFile net_;
};

/// Returns the activations that are left, and expects nothing else to be.
std::vector<Activation> activations(Builder& builder) {
    std::vector<Activation> all;
    for (const FileNode& node : builder.simplified().nodes) {
        if (node.op == FileOp::convolution) continue;
        EXPECT_EQ(node.op, FileOp::activation) << node.name;
        all.push_back(node.f);
    }
    return all;
}

TEST(SimplifyTest, HardSwishIsOneOperatorHoweverItIsWritten) {
    const float sixth = 1.f / 6;
    Builder gate_first, product_first, input_first, sigmoid;
    {
        Builder& b = gate_first;  // x (relu6(x + 3) / 6)
        const FileValue x = b.convolution(0, {1, 2});
        b.node(FileOp::multiply, {x, b.affine(b.clip(b.affine(x, {1}, {3}), 0, 6), {sixth}, {0})});
    }
    {
        Builder& b = product_first;  // (x relu6(x + 3)) / 6
        const FileValue x = b.convolution(0, {1, 2});
        b.affine(b.node(FileOp::multiply, {b.clip(b.affine(x, {1}, {3}), 0, 6), x}), {sixth}, {0});
    }
    {
        Builder& b = input_first;  // (x / 6) relu6(x + 3)
        const FileValue x = b.convolution(0, {1, 2}), small = b.affine(x, {sixth}, {0});
        b.node(FileOp::multiply, {small, b.clip(b.affine(x, {1}, {3}), 0, 6)});
    }
    {
        Builder& b = sigmoid;  // x min(max(x / 6 + 1/2, 0), 1)
        const FileValue x = b.convolution(0, {1, 2});
        b.node(FileOp::multiply, {x, b.clip(b.affine(x, {sixth}, {0.5}), 0, 1)});
    }
    for (Builder* b : {&gate_first, &product_first, &input_first, &sigmoid})
        EXPECT_THAT(activations(*b), ElementsAre(Activation::hard_swish));
}

TEST(SimplifyTest, ReLUsAreTheirLimits) {
    Builder b;
    FileValue x = b.clip(b.convolution(0, {1}), 0, std::numeric_limits<float>::infinity());
    x = b.clip(x, 0, 6);
    b.affine(b.clip(b.affine(x, {1.f / 6}, {0}), 0, 1), {6}, {0});
    EXPECT_THAT(activations(b), ElementsAre(Activation::relu, Activation::relu6, Activation::relu6));
}

TEST(SimplifyTest, SqueezeAndExcitesProductStays) {
    Builder b;
    const FileValue x = b.convolution(0, {1, 2}), pooled = b.node(FileOp::pool, {x});
    const FileValue gate =
        b.affine(b.clip(b.affine(b.convolution(pooled, {1, 2}), {1}, {3}), 0, 6), {1.f / 6}, {0});
    b.node(FileOp::multiply, {x, gate});
    const NetworkFile net = b.simplified();
    ASSERT_EQ(net.nodes.size(), 5u);
    EXPECT_EQ(net.nodes[3].f, Activation::hard_sigmoid);
    EXPECT_EQ(net.nodes[4].op, FileOp::multiply);
}

TEST(SimplifyTest, ConstantsAreTheConvolutionsBeforeThem) {
    Builder b;
    b.affine(b.affine(b.convolution(0, {1, 2}, {1, 1}), {2, 3}, {0}), {1}, {0.5, 0.25});
    const NetworkFile net = b.simplified();
    ASSERT_EQ(net.nodes.size(), 1u);
    EXPECT_THAT(net.nodes[0].weight, ElementsAre(2, 6));
    EXPECT_THAT(net.nodes[0].bias, ElementsAre(2.5, 3.25));
    EXPECT_EQ(net.output, net.nodes[0].output);
}

TEST(SimplifyTest, PaddingIsTheConvolutionsBehindIt) {
    Builder b;
    const FileValue padded = b.node(FileOp::pad, {0});
    b.last().pads = {.bottom = 1, .right = 1};
    b.convolution(padded, {1});
    const NetworkFile net = b.simplified();
    ASSERT_EQ(net.nodes.size(), 1u);
    EXPECT_EQ(net.nodes[0].pads.bottom, 1);
    EXPECT_THAT(net.nodes[0].inputs, ElementsAre(0u));
}

TEST(SimplifyTest, AFirstScalingIsTheImages) {
    Builder bytes;  // Keras: x / 127.5 - 1 of 0..255
    bytes.convolution(bytes.affine(0, {1 / 127.5f}, {-1}), {1});
    const NetworkFile of_bytes = bytes.simplified();
    ASSERT_TRUE(of_bytes.mean);
    EXPECT_THAT((*of_bytes.mean)[0], testing::DoubleNear(0.5, 1e-6));
    EXPECT_THAT((*of_bytes.std)[0], testing::DoubleNear(0.5, 1e-6));
    ASSERT_EQ(of_bytes.nodes.size(), 1u);

    Builder unit;  // (x - mean) / std of 0..1
    unit.convolution(unit.affine(unit.affine(0, {1}, {-0.485f, -0.456f, -0.406f}),
                                 {1 / 0.229f, 1 / 0.224f, 1 / 0.225f}, {0}),
                     {1});
    const NetworkFile of_unit = unit.simplified();
    ASSERT_TRUE(of_unit.mean);
    EXPECT_THAT((*of_unit.mean)[1], testing::DoubleNear(0.456, 1e-6));
    EXPECT_THAT((*of_unit.std)[2], testing::DoubleNear(0.225, 1e-6));
}

TEST(SimplifyTest, ALastSoftmaxIsGone) {
    Builder b;
    const FileValue logits = b.convolution(0, {1});
    b.node(FileOp::softmax, {logits});
    EXPECT_EQ(b.simplified().output, logits);
}

TEST(SimplifyTest, ALastSigmoidIsGoneAndSaid) {
    Builder b;
    b.node(FileOp::sigmoid, {b.convolution(0, {1})});
    const NetworkFile net = b.simplified();
    EXPECT_TRUE(net.sigmoid);
    ASSERT_EQ(net.nodes.size(), 1u);
    EXPECT_EQ(net.output, net.nodes[0].output);
}

TEST(SimplifyTest, WhatNoNetworkHasIsNamed) {
    Builder b;
    b.clip(b.convolution(0, {1}), -1, 1);
    EXPECT_THAT(test::message_of<WeightsError>([&] { b.simplified(); }),
                AllOf(HasSubstr("file: operator node"), HasSubstr("clips to -1..1")));
    Builder constant;
    constant.affine(constant.convolution(0, {1, 2}), {2}, {0});
    EXPECT_THAT(test::message_of<WeightsError>([&] { constant.simplified(); }), HasSubstr("a constant"));
}

}  // namespace
}  // namespace vkm::graph
