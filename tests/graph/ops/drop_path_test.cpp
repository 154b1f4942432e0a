#include "graph/support/operator_test.h"

#include <graph/models/network.h>
#include <graph/ops/drop_path.h>

#include <gtest/gtest.h>

#include <map>

namespace vkm::test {
namespace {

using namespace graph;

Build dropped(Shape shape, double probability) {
    return [=](Graph& graph, DType dtype) {
        const ValueId x = differentiable(graph, "x", {dtype, shape});
        return graph.add1("drop", ops::drop_path({probability, 3}), {x, graph.step_params()});
    };
}

Options at_step(uint32_t step, uint32_t first_sample) {
    Options options;
    options.step.step = step;
    options.step.seed_low = 42;
    options.step.first_sample = first_sample;
    return options;
}

std::vector<double> of_ones(int64_t samples, uint32_t first, uint32_t step, double probability) {
    Graph graph;
    const ValueId x = graph.input("x", f32({samples, 2, 3, 5}));
    const ValueId y = graph.add1("drop", ops::drop_path({probability, 1}), {x, graph.step_params()});
    std::map<ValueId, HostTensor> values;
    values[x] = HostTensor({samples, 2, 3, 5});
    for (double& v : values[x].values)
        v = 1;
    values[graph.step_params()] = HostTensor({1, 1, 1, 16});
    run_reference(graph, values, {.step = step, .first_sample = first});
    return values[y].values;
}

TEST(DropPathTest, DropsTheReferencesSamplesForwardAndBackward) {
    expect_operator_holds(dropped({13, 3, 3, 9}, 0.4), at_step(7, 100));
}

TEST(DropPathTest, MatchesReferenceOnTensorsBeyondTheBindingRange) {
    expect_matches_reference(dropped({64, 8, 8, 128}, 0.3), at_step(9, 5));
}

TEST(DropPathTest, KeepsOrDropsWholeSamplesAndTheirExpectation) {
    constexpr int64_t samples = 64, image = 2 * 3 * 5;
    int64_t kept = 0;
    for (uint32_t step = 0; step < 40; ++step) {
        const std::vector<double> y = of_ones(samples, 0, step, 0.25);
        for (int64_t n = 0; n < samples; ++n) {
            const double first = y[static_cast<size_t>(n * image)];
            EXPECT_TRUE(first == 0 || std::abs(first - 1 / 0.75) < 1e-12);
            for (int64_t i = 0; i < image; ++i)
                ASSERT_EQ(y[static_cast<size_t>(n * image + i)], first);
            kept += first > 0;
        }
    }
    EXPECT_NEAR(static_cast<double>(kept) / (40 * samples), 0.75, 0.03);
}

TEST(DropPathTest, AShareOfABatchDropsWhatTheWholeBatchWouldThere) {
    const std::vector<double> whole = of_ones(6, 0, 3, 0.5), part = of_ones(2, 4, 3, 0.5);
    EXPECT_TRUE(std::equal(part.begin(), part.end(), whole.begin() + 4 * 30));
}

TEST(DropPathTest, RefusesAProbabilityOfOne) {
    Graph graph;
    const ValueId x = graph.input("x", f32({2, 1, 1, 8}));
    EXPECT_THROW(graph.add1("drop", ops::drop_path({1.0, 0}), {x, graph.step_params()}), ShapeError);
}

/// Returns the probability of each residual block, by the block's layer.
std::map<std::string, double> probabilities(const std::string& model, double last) {
    ModelConfig config = model_config(model);
    config.input_size = 32;
    Graph graph;
    build_network(graph, config, graph.input("images", f32({2, 32, 32, 3})), Mode::training, {}, last);
    std::map<std::string, double> found;
    for (const Node& node : graph.nodes())
        if (const auto* path = as<ops::DropPath>(node)) found[node.layer] = path->probability;
    return found;
}

// timm's EfficientNetBuilder: drop_path_rate * block_idx / total_block_count, and V3's last stage is the
// convolution cn_r1_k1_s1, so that V3-Small has 12 blocks, V3-Large 16 and V2 17.
TEST(DropPathTest, LaterBlocksAreDroppedMoreOftenAsInTimm) {
    const auto small = probabilities("mobilenet_v3_small", 0.24);
    EXPECT_EQ(small.size(), 6);
    EXPECT_NEAR(small.at("features.3"), 0.24 * 2 / 12, 1e-12);
    EXPECT_NEAR(small.at("features.11"), 0.24 * 10 / 12, 1e-12);
    EXPECT_NEAR(probabilities("mobilenet_v3_large", 0.32).at("features.15"), 0.32 * 14 / 16, 1e-12);
    EXPECT_NEAR(probabilities("mobilenet_v2", 0.34).at("features.3"), 0.34 * 2 / 17, 1e-12);
    EXPECT_TRUE(probabilities("mobilenet_v3_small", 0).empty());
}

}  // namespace
}  // namespace vkm::test
