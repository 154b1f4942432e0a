#include <graph/lower/lowering.h>
#include <graph/operator.h>
#include <shaders/catalog.h>

#include <gmock/gmock.h>

#include <functional>

namespace vkm::test {
namespace {

using namespace graph;

// Dispatches whatever it is told, with inputs x and w and output y.
class Dispatching final : public Operator {
  public:
    explicit Dispatching(std::function<void(Lowering&)> dispatch) : dispatch_(std::move(dispatch)) {}
    std::string_view name() const override { return "dispatching"; }
    std::vector<TensorType> infer(std::span<const TensorType> inputs) const override { return {inputs[0]}; }
    void lower(Lowering& lowering) const override { dispatch_(lowering); }
    void reference(ReferenceCall&) const override {}

  private:
    std::function<void(Lowering&)> dispatch_;
};

struct Dispatched {
    Region x, w, y;
    DispatchCommand command;
};

Dispatched lower_one(const std::function<void(Lowering&)>& dispatch) {
    Dispatched result;
    Graph graph;
    const ValueId x = graph.input("x", f32({1, 4, 4, 8})), w = graph.input("w", f32({1, 3, 3, 8}));
    const auto op = std::make_shared<Dispatching>([&](Lowering& lowering) {
        result.x = lowering.input(0);
        result.w = lowering.input(1);
        result.y = lowering.output();
        dispatch(lowering);
    });
    graph.add1("layer", op, {x, w});
    const Program program = lower(graph, KernelPlan{});
    result.command = std::get<DispatchCommand>(program.commands.at(0).what);
    return result;
}

TEST(DispatchTest, WhatIsLeftOutIsBoundToWhatIsUsedTheSameWay) {
    const Dispatched plain = lower_one([](Lowering& lowering) {
        lowering.dispatch<shaders::Depthwise>(
            {.constants = {.workgroup = 64},
             .bindings = {.x = lowering.input(0), .w = lowering.input(1), .y = lowering.output()},
             .push = {}});
    });
    const auto& [x, w, y, command] = plain;
    const auto quad = [](Region region) {
        region.bytes = 16;
        return region;
    };
    EXPECT_THAT(command.bindings, testing::ElementsAre(x, w, y, quad(x), quad(x), quad(y)))
        << "a bias and a normalisation would be read, a partial result written";
}

TEST(DispatchTest, WhatIsLeftOutIsBoundToTheLargestForTexelsOfAnySize) {
    const Dispatched plain = lower_one([](Lowering& lowering) {
        Region half_a_quad = lowering.input(0);
        half_a_quad.bytes = 8;  // of fp16; a bias is fp32
        lowering.dispatch<shaders::Depthwise>(
            {.storage = Storage::f16,
             .constants = {.workgroup = 64},
             .bindings = {.x = half_a_quad, .w = lowering.input(1), .y = lowering.output()},
             .push = {}});
    });
    EXPECT_EQ(plain.command.bindings.at(3), (Region{plain.w.buffer, plain.w.offset, 16}));
}

TEST(DispatchTest, WhatIsNeededCannotBeEmpty) {
    try {
        lower_one([](Lowering& lowering) {
            lowering.dispatch<shaders::Add>(
                {.constants = {.workgroup = 64},
                 .bindings = {.a = lowering.input(0), .b = Region{}, .y = lowering.output()},
                 .push = {.quads = 32}});
        });
        FAIL() << "nothing was thrown";
    } catch (const Error& error) {
        EXPECT_STREQ(error.what(), "shader add: nothing is bound as b");
    }
}

TEST(DispatchTest, TheEngineGetsWordsAndBytesInTheShadersOrder) {
    const Dispatched one = lower_one([](Lowering& lowering) {
        lowering.dispatch<shaders::BatchNormCoefficients>(
            {.constants = {.workgroup = 32},
             .bindings = {.statistics = lowering.input(0),
                          .gamma = lowering.input(0),
                          .beta = lowering.input(1),
                          .coefficients = lowering.output(),
                          .running_mean = lowering.input(0),
                          .running_variance = lowering.input(1)},
             .push = {.channels = 8, .epsilon = 1, .momentum = 2},
             .groups = {3, 2, 1}});
    });
    const DispatchCommand& command = one.command;
    EXPECT_EQ(command.kernel.shader, &shaders::batch_norm_coefficients);
    EXPECT_THAT(command.kernel.constants, testing::ElementsAre(32));
    EXPECT_THAT(command.bindings, testing::ElementsAre(one.x, one.x, one.w, one.y, one.x, one.w));
    EXPECT_THAT(command.groups, testing::ElementsAre(3, 2, 1));
    struct {
        uint32_t channels;
        float epsilon, momentum;
    } const expected{8, 1, 2};
    const std::span<const std::byte> bytes = std::as_bytes(std::span(&expected, 1));
    EXPECT_THAT(command.push, testing::ElementsAreArray(bytes.begin(), bytes.end()));
}

// A product's kernel has the constants of its interface, and those of its skeleton from 1 to 4.
TEST(DispatchTest, PartsFillTheirIds) {
    const Dispatched product = lower_one([](Lowering& lowering) {
        lowering.dispatch<shaders::PointwiseWeightGrad>(
            {.shader = shaders::PointwiseWeightGrad::gemm_direct,
             .constants = {.workgroup = 16, .normalise = true, .input_activation = 3, .scale = false},
             .bindings = {.x = lowering.input(0), .dy = lowering.input(1), .partial = lowering.output()},
             .push = {}},
            shaders::GemmDirect{.lanes = 8, .rows = 4});
    });
    EXPECT_EQ(product.command.kernel.shader, &shaders::pointwise_weight_grad_direct);
    EXPECT_THAT(product.command.kernel.constants, testing::ElementsAre(16, 8, 4, 0, 0, 1, 3, 0, 0));
}

}  // namespace
}  // namespace vkm::test
