#include <graph/flat_buffers.h>
#include <graph/passes/part_of.h>
#include <graph/reference/reference.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "graph/support/networks.h"

#include <array>

namespace vkm::test {
namespace {

using namespace graph;

TEST(PartOfTest, PartsOfANetworkComputeWhatItComputes) {
    const TestNetwork network = test_network(narrow_model("mobilenet_v3_small"), 2);
    std::map<ValueId, HostTensor> values = trained_values(network.graph, 1);
    values[network.images] = noise({2, 32, 32, 3}, 2);
    run_reference(network.graph, values);
    const std::array images{network.images}, logits{network.logits},
        features{last_feature_map(network.graph)};

    const CompactGraph first = part_of(network.graph, images, features);
    const CompactGraph second = part_of(network.graph, features, logits);
    EXPECT_EQ(first.graph.nodes().size() + second.graph.nodes().size(), network.graph.nodes().size());
    EXPECT_EQ(parameter_count(first.graph) + parameter_count(second.graph), parameter_count(network.graph));
    EXPECT_EQ(first.moved[static_cast<size_t>(network.logits)], no_value);
    EXPECT_EQ(second.moved[static_cast<size_t>(network.images)], no_value);
    EXPECT_EQ(second.graph.with_role(Role::input),
              std::vector{second.moved[static_cast<size_t>(features[0])]});
    EXPECT_EQ(second.graph.with_role(Role::metric),
              std::vector{second.moved[static_cast<size_t>(network.logits)]});

    std::map<ValueId, HostTensor> own;
    for (const auto& [id, value] : values) {
        const ValueId moved = second.moved[static_cast<size_t>(id)];
        if (moved != no_value && second.graph.value(moved).producer < 0) own[moved] = value;
    }
    run_reference(second.graph, own);
    EXPECT_EQ(own.at(second.moved[static_cast<size_t>(network.logits)]).values,
              values.at(network.logits).values);
}

TEST(PartOfTest, LeavesOutInputsThatNothingDependsOn) {
    const TestNetwork network = test_network(narrow_model("mobilenet_v2"), 1);
    Graph graph = network.graph;
    const ValueId other = graph.input("other", f32({1, 1, 1, 4}));
    const std::array inputs{network.images, other};
    const std::array outputs{network.logits};
    EXPECT_EQ(part_of(graph, inputs, outputs).moved[static_cast<size_t>(other)], no_value);
}

}  // namespace
}  // namespace vkm::test
