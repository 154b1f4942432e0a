#include "graph/support/block.h"

#include <graph/ops/add.h>
#include <graph/ops/all_reduce.h>
#include <graph/passes/uses.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vkm::test {
namespace {

using namespace graph;
using testing::ElementsAre;
using testing::IsEmpty;

ValueId value(Graph& graph, const std::string& name, Role role, ValueId view_of = no_value,
              int64_t offset = 0) {
    return graph.add_value({.name = name,
                            .type = channel_vector(4),
                            .role = role,
                            .info = {},
                            .view_of = view_of,
                            .view_offset = offset});
}

TEST(UsesTest, NodesReadAndMakeValues) {
    Graph graph;
    const ValueId x = graph.input("x", channel_vector(4));
    const ValueId y = graph.add1("double", ops::add(), {x, x});
    const ValueId z = graph.add1("sum", ops::add(), {y, x});
    EXPECT_EQ(producer_of(graph.nodes(), x), std::nullopt);
    EXPECT_EQ(producer_of(graph.nodes(), z), 1u);
    EXPECT_THAT(readers_of(graph.nodes(), x), ElementsAre(0, 1));
    EXPECT_THAT(readers_of(graph.nodes(), z), IsEmpty());
    EXPECT_THAT(reads_by_value(graph), ElementsAre(3, 1, 0)) << "x twice by the first";
    EXPECT_TRUE(reads_only_as(graph.nodes()[1], 1, x));
    EXPECT_FALSE(reads_only_as(graph.nodes()[1], 0, x)) << "it is the other input";
    EXPECT_FALSE(reads_only_as(graph.nodes()[0], 0, x)) << "it is both inputs";
}

TEST(UsesTest, ANodeThatHasBeenFusedNeitherReadsNorMakesAnything) {
    Graph graph;
    const ValueId x = graph.input("x", channel_vector(4));
    const ValueId y = graph.add1("double", ops::add(), {x, x});
    graph.add("reduce", ops::all_reduce(Reduction::sum), {y});
    std::vector<Node> nodes = graph.nodes();
    for (Node& node : nodes)
        node.op = nullptr;
    EXPECT_EQ(producer_of(nodes, y), std::nullopt);
    EXPECT_THAT(readers_of(nodes, x), IsEmpty());
    EXPECT_THAT(updated_by(nodes[1]), IsEmpty());
    drop_fused(nodes);
    EXPECT_THAT(nodes, IsEmpty());
}

TEST(UsesTest, ARangeIsReadAndUpdatedWithItsFlatValue) {
    Graph graph;
    const ValueId flat = value(graph, "flat", Role::gradient);
    const ValueId second = value(graph, "second", Role::gradient, flat, 512);
    const ValueId first = value(graph, "first", Role::gradient, flat, 0);
    const ValueId other = value(graph, "other", Role::gradient);
    EXPECT_THAT(ranges_of(graph, flat), ElementsAre(first, second));
    EXPECT_THAT(ranges_of(graph, other), IsEmpty());
    EXPECT_EQ(base_of(graph, second), flat);
    EXPECT_EQ(base_of(graph, other), other);
    graph.add("reduce", ops::all_reduce(Reduction::sum), {second});
    EXPECT_THAT(updated_by(graph.nodes()[0]), ElementsAre(second));
    EXPECT_TRUE(update_any(graph, graph.nodes(), {other, flat}));
    EXPECT_FALSE(update_any(graph, graph.nodes(), {other}));
    EXPECT_THAT(reads_by_value(graph), ElementsAre(1, 1, 0, 0)) << "flat through its range";
}

TEST(UsesTest, AParameterIsItsReadersOwnWhereItHasOne) {
    Graph graph;
    const ValueId x = graph.input("x", channel_vector(4));
    const auto parameter = [&](const char* name) {
        return graph.parameter({.name = name, .torch_shape = {4}});
    };
    const ValueId own = parameter("own"), shared = parameter("shared"), unread = parameter("unread");
    graph.add1("a", ops::add(), {own, shared});
    graph.add1("b", ops::add(), {x, shared});
    EXPECT_TRUE(is_own_parameter(graph, own));
    EXPECT_FALSE(is_own_parameter(graph, shared));
    EXPECT_FALSE(is_own_parameter(graph, unread));
    EXPECT_FALSE(is_own_parameter(graph, x)) << "it is no parameter";
}

TEST(UsesTest, DeadNodesMakeOnlyActivationsNobodyReads) {
    Graph graph;
    const ValueId x = graph.input("x", channel_vector(4));
    const ValueId metric = graph.add1("metric", ops::add(), {x, x});
    graph.value(metric).role = Role::metric;
    const ValueId reduced = graph.add1("reduced", ops::add(), {x, x});
    graph.add("reduce", ops::all_reduce(Reduction::sum), {reduced});
    const ValueId flat = graph.add1("flat", ops::add(), {x, x});
    const ValueId last = graph.add1("last", ops::add(), {x, value(graph, "range", Role::activation, flat)});
    graph.value(last).role = Role::metric;
    graph.add1("dead", ops::add(), {x, x});
    const Graph live = without_dead_nodes(graph);
    std::vector<std::string> layers;
    for (const Node& node : live.nodes())
        layers.push_back(node.layer);
    EXPECT_THAT(layers, ElementsAre("metric", "reduced", "reduce", "flat", "last"));
}

}  // namespace
}  // namespace vkm::test
