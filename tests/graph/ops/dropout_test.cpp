#include "graph/support/operator_test.h"

#include <base/philox.h>
#include <graph/ops/dropout.h>

#include <gtest/gtest.h>

namespace vkm::test {
namespace {

using namespace graph;

Build dropped_elements(Shape shape, double probability) {
    return [=](Graph& graph, DType dtype) {
        const ValueId x = differentiable(graph, "x", {dtype, shape});
        return graph.add1("drop", ops::dropout(probability, 3), {x, graph.step_params()});
    };
}

Options dropout_at_step(uint32_t step, uint32_t first_sample) {
    Options options;
    options.step.step = step;
    options.step.seed_low = 42;
    options.step.first_sample = first_sample;
    return options;
}

TEST(DropoutTest, DropsTheReferencesElementsForwardAndBackward) {
    expect_operator_holds(dropped_elements({5, 1, 1, 77}, 0.2), dropout_at_step(7, 0));
    expect_matches_reference(dropped_elements({5, 3, 3, 9}, 0.5), dropout_at_step(8, 100));
}

TEST(DropoutTest, MatchesReferenceOnTensorsBeyondTheBindingRange) {
    expect_matches_reference(dropped_elements({64, 8, 8, 128}, 0.3), dropout_at_step(9, 5));
}

TEST(DropoutTest, AShareOfABatchDropsWhatTheWholeBatchWouldThere) {
    const auto mask = [](int64_t samples, uint32_t first) {
        Graph graph;
        const ValueId x = graph.input("x", f32({samples, 1, 1, 40}));
        const ValueId y = graph.add1("drop", ops::dropout(0.5, 1), {x, graph.step_params()});
        std::map<ValueId, HostTensor> values;
        values[x] = HostTensor({samples, 1, 1, 40});
        for (double& v : values[x].values)
            v = 1;
        values[graph.step_params()] = HostTensor({1, 1, 1, 16});
        StepParams step;
        step.first_sample = first;
        run_reference(graph, values, step);
        return values[y].values;
    };
    const std::vector<double> whole = mask(6, 0), part = mask(2, 4);
    EXPECT_TRUE(std::equal(part.begin(), part.end(), whole.begin() + 4 * 40));
}

TEST(DropoutTest, RefusesAProbabilityOfOne) {
    Graph graph;
    const ValueId x = graph.input("x", f32({2, 1, 1, 8}));
    EXPECT_THROW(graph.add1("drop", ops::dropout(1.0, 0), {x, graph.step_params()}), ShapeError);
}

// The known answers of Random123 1.09 (kat_vectors, philox4x32 10).
TEST(PhiloxTest, GivesThePublishedNumbers) {
    EXPECT_EQ(philox({0, 0, 0, 0}, {0, 0}),
              (std::array<uint32_t, 4>{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
    EXPECT_EQ(philox({0xffffffff, 0xffffffff, 0xffffffff, 0xffffffff}, {0xffffffff, 0xffffffff}),
              (std::array<uint32_t, 4>{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
    EXPECT_EQ(philox({0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, {0xa4093822, 0x299f31d0}),
              (std::array<uint32_t, 4>{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

}  // namespace
}  // namespace vkm::test
