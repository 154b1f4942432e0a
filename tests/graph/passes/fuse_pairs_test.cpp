#include <graph/operator.h>
#include <graph/passes/fuse_pairs.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <random>
#include <string>
#include <utility>

namespace vkm::test {
namespace {

using namespace graph;
using testing::ElementsAre;

// Describes one step of a node of these tests, which takes its steps one after the other. What
// a step computes is the text of what it does, so that two graphs compute the same exactly if
// they do the same to the same.
struct Step {
    std::string name;
    std::vector<ValueId> reads, makes, updates;
};

class Steps final : public OperatorWith<std::vector<Step>> {
  public:
    // `inputs`: the node's.
    Steps(std::vector<Step> steps, std::vector<ValueId> inputs, size_t outputs)
        : OperatorWith(std::move(steps)), inputs_(std::move(inputs)), outputs_(outputs) {}

    std::string_view name() const override { return "steps"; }
    std::vector<TensorType> infer(std::span<const TensorType>) const override {
        return std::vector(outputs_, channel_vector(4));
    }
    std::vector<size_t> updates() const override {
        std::vector<size_t> positions;
        for (size_t i = 0; i < inputs_.size(); ++i)
            for (const Step& step : attributes())
                if (std::ranges::count(step.updates, inputs_[i]) > 0) {
                    positions.push_back(i);
                    break;
                }
        return positions;
    }
    void lower(Lowering&) const override { FAIL() << "for passes alone"; }
    void reference(ReferenceCall&) const override { FAIL() << "for passes alone"; }

  private:
    std::vector<ValueId> inputs_;
    size_t outputs_;
};

// Fuses whatever it is offered.
std::optional<Node> any_pair(Graph&, const Node& producer, const Node& reader, size_t position) {
    Node fused{producer.layer + "+" + reader.layer, nullptr, producer.inputs, reader.outputs};
    for (size_t i = 0; i < reader.inputs.size(); ++i)
        if (i != position) fused.inputs.push_back(reader.inputs[i]);
    std::vector<Step> steps = *as<std::vector<Step>>(producer);
    std::ranges::copy(*as<std::vector<Step>>(reader), std::back_inserter(steps));
    fused.op = std::make_shared<Steps>(std::move(steps), fused.inputs, fused.outputs.size());
    return fused;
}

class PairNetwork {
  public:
    ValueId value(const std::string& name, Role role, ValueId view_of = no_value) {
        return graph_.add_value(
            {.name = name, .type = channel_vector(4), .role = role, .info = {}, .view_of = view_of});
    }
    ValueId input(const std::string& name) { return value(name, Role::input); }

    std::vector<ValueId> add(const std::string& name, std::vector<ValueId> reads,
                             const std::vector<ValueId>& updates = {}, size_t outputs = 1) {
        std::ranges::copy(updates, std::back_inserter(reads));
        Step step{name, reads, {}, updates};
        for (size_t i = 0; i < outputs; ++i)
            step.makes.push_back(static_cast<ValueId>(graph_.values().size() + i));
        const auto made = step.makes;
        EXPECT_EQ(graph_.add(name, std::make_shared<Steps>(std::vector{step}, reads, outputs), reads), made);
        return made;
    }
    ValueId add1(const std::string& name, std::vector<ValueId> reads,
                 const std::vector<ValueId>& updates = {}) {
        return add(name, std::move(reads), updates).front();
    }
    void update(const std::string& name, ValueId id) { add(name, {}, {id}, 0); }

    Graph& graph() { return graph_; }

  private:
    Graph graph_;
};

// Returns what is in memory at the end, as text: a range shares its base's.
std::map<ValueId, std::string> run(const Graph& graph) {
    std::map<ValueId, std::string> memory;
    const auto base = [&](ValueId id) {
        while (graph.value(id).view_of != no_value)
            id = graph.value(id).view_of;
        return id;
    };
    for (size_t i = 0; i < graph.values().size(); ++i)
        if (graph.values()[i].role != Role::activation)
            memory[static_cast<ValueId>(i)] = graph.values()[i].name;
    for (const Node& node : graph.nodes())
        for (const Step& step : *as<std::vector<Step>>(node)) {
            std::string did = step.name + "(";
            for (const ValueId id : step.reads)
                did += memory.at(base(id)) + " ";
            for (const ValueId id : step.makes)
                memory[base(id)] = did + ")";
            for (const ValueId id : step.updates)
                memory[base(id)] = did + ")'";
        }
    return memory;
}

std::vector<std::string> layers(const Graph& graph) {
    std::vector<std::string> names;
    for (const Node& node : graph.nodes())
        names.push_back(node.layer);
    return names;
}

// Returns the layers of the fused graph, which leaves in memory what the other does.
std::vector<std::string> fused(PairNetwork& network) {
    const Graph after = fuse_pairs(network.graph(), any_pair);
    auto want = run(network.graph());
    const auto got = run(after);
    for (const auto& [id, text] : got)
        EXPECT_EQ(text, want.at(id)) << network.graph().value(id).name;
    for (const auto& [id, text] : want)
        if (network.graph().value(id).role != Role::activation) {
            EXPECT_TRUE(got.contains(id)) << network.graph().value(id).name;
        }
    return layers(after);
}

TEST(FusePairsTest, AProducerWaitsForItsReaderBehindWhatDoesNotTouchIt) {
    PairNetwork n;
    const ValueId x = n.input("x"), w = n.value("w", Role::parameter);
    const ValueId y = n.add1("a", {x});
    n.update("update", w);
    n.add1("b", {y});
    EXPECT_THAT(fused(n), ElementsAre("update", "a+b"));
}

TEST(FusePairsTest, AProducerDoesNotWaitForAnUpdateOfWhatItReads) {
    PairNetwork n;
    const ValueId x = n.input("x"), w = n.value("w", Role::parameter);
    const ValueId y = n.add1("a", {x, w});
    n.update("update", w);
    n.add1("b", {y});
    EXPECT_THAT(fused(n), ElementsAre("a", "update", "b"));
}

TEST(FusePairsTest, UpdatesBeforeTheProducerAndBehindTheReaderDoNotMatter) {
    PairNetwork n;
    const ValueId x = n.input("x"), w = n.value("w", Role::parameter);
    n.update("before", w);
    const ValueId y = n.add1("a", {x, w});
    n.add1("b", {y});
    n.update("behind", w);
    EXPECT_THAT(fused(n), ElementsAre("before", "a+b", "behind"));
}

TEST(FusePairsTest, AnUpdateOfTheFlatValueIsOneOfItsRangesToo) {
    for (const bool flat_is_updated : {true, false}) {
        PairNetwork n;
        const ValueId flat = n.value("flat", Role::parameter), w = n.value("w", Role::parameter, flat);
        const ValueId y = n.add1("a", {n.input("x"), flat_is_updated ? w : flat});
        n.update("update", flat_is_updated ? flat : w);
        n.add1("b", {y});
        EXPECT_THAT(fused(n), ElementsAre("a", "update", "b"));
    }
}

TEST(FusePairsTest, AProducerDoesNotWaitForAReaderOfWhatItUpdates) {
    PairNetwork n;
    const ValueId x = n.input("x"), mean = n.value("mean", Role::state);
    const ValueId y = n.add1("a", {x}, {mean});
    n.add1("other", {mean});
    n.add1("b", {y});
    EXPECT_THAT(fused(n), ElementsAre("a", "other", "b"));
}

TEST(FusePairsTest, AProducerDoesNotWaitForAnotherUpdateOfWhatItUpdates) {
    PairNetwork n;
    const ValueId x = n.input("x"), mean = n.value("mean", Role::state);
    const ValueId y = n.add1("a", {x}, {mean});
    n.update("other", mean);
    n.add1("b", {y});
    EXPECT_THAT(fused(n), ElementsAre("a", "other", "b"));
}

TEST(FusePairsTest, AProducerThatUpdatesWaitsForTheReaderThatReadsWhatItUpdated) {
    PairNetwork n;
    const ValueId x = n.input("x"), mean = n.value("mean", Role::state);
    const ValueId y = n.add1("a", {x}, {mean});
    n.add1("b", {y, mean});
    EXPECT_THAT(fused(n), ElementsAre("a+b"));
}

TEST(FusePairsTest, AValueThatIsUpdatedInPlaceStays) {
    PairNetwork n;
    const ValueId y = n.add1("a", {n.input("x")});
    n.update("reduce", y);
    n.add1("b", {y});
    EXPECT_THAT(fused(n), ElementsAre("a", "reduce", "b"));
}

TEST(FusePairsTest, AChainBecomesOneNode) {
    PairNetwork n;
    const ValueId x = n.input("x"), w = n.value("w", Role::parameter);
    n.add1("d", {n.add1("c", {n.add1("b", {n.add1("a", {x}), w})})});
    EXPECT_THAT(fused(n), ElementsAre("a+b+c+d"));
}

TEST(FusePairsTest, AFusedNodeWaitsNoLongerThanEachOfItsParts) {
    PairNetwork n;
    const ValueId x = n.input("x"), w = n.value("w", Role::parameter);
    const ValueId y = n.add1("b", {n.add1("a", {x, w})});  // c would have a behind the update
    n.update("update", w);
    n.add1("c", {y});
    EXPECT_THAT(fused(n), ElementsAre("a+b", "update", "c"));
}

TEST(FusePairsTest, TheRestOfAChainIsFusedWhereItsBeginningMayNotWait) {
    PairNetwork n;
    const ValueId x = n.input("x"), w = n.value("w", Role::parameter);
    const ValueId y = n.add1("a", {x, w});
    n.update("update", w);
    n.add1("c", {n.add1("b", {y})});
    EXPECT_THAT(fused(n), ElementsAre("a", "update", "b+c"));
}

TEST(FusePairsTest, BothProducersOfANodeAreFusedInTheOrderOfItsInputs) {
    PairNetwork n;
    const ValueId x = n.input("x");
    const ValueId a = n.add1("a", {x}), b = n.add1("b", {x});
    n.add1("c", {b, a});
    EXPECT_THAT(fused(n), ElementsAre("a+b+c"));
}

TEST(FusePairsTest, AValueWithTwoReadersStays) {
    PairNetwork n;
    const ValueId y = n.add1("a", {n.input("x")});
    n.add1("b", {y});
    n.add1("c", {y});
    EXPECT_THAT(fused(n), ElementsAre("a", "b", "c"));
    PairNetwork twice;
    const ValueId once = twice.add1("a", {twice.input("x")});
    twice.add1("b", {once, once});
    EXPECT_THAT(fused(twice), ElementsAre("a", "b"));
}

TEST(FusePairsTest, AValueOfWhichARangeIsReadStays) {
    PairNetwork n;
    const ValueId y = n.add1("a", {n.input("x")});
    const ValueId range = n.value("range", Role::activation, y);
    n.add1("b", {y});
    n.add1("c", {range});
    EXPECT_THAT(fused(n), ElementsAre("a", "b", "c"));
}

TEST(FusePairsTest, AValueThatOutlivesTheStepOrIsTheHostsStays) {
    for (const Role role :
         {Role::metric, Role::parameter, Role::gradient, Role::optimizer, Role::state, Role::loss_scale}) {
        PairNetwork n;
        const ValueId y = n.add1("a", {n.input("x")});
        n.graph().value(y).role = role;
        n.add1("b", {y});
        EXPECT_THAT(fused(n), ElementsAre("a", "b")) << static_cast<int>(role);
    }
}

TEST(FusePairsTest, AProducerOfTwoValuesStays) {
    PairNetwork n;
    const std::vector<ValueId> made = n.add("a", {n.input("x")}, {}, 2);
    n.add1("b", {made[0]});
    EXPECT_THAT(fused(n), ElementsAre("a", "b"));
}

TEST(FusePairsTest, ANodeThatItsOperatorsShapeRuleRefusesIsNotMade) {
    PairNetwork n;
    n.add1("b", {n.add1("a", {n.input("x")})});
    const auto refused = [](Graph& graph, const Node& producer, const Node& reader, size_t position) {
        auto node = any_pair(graph, producer, reader, position);
        node->op = std::make_shared<Steps>(std::vector<Step>{}, node->inputs, 2);  // has one output
        return node;
    };
    EXPECT_THAT(layers(fuse_pairs(n.graph(), refused)), ElementsAre("a", "b"));
}

TEST(FusePairsTest, ValuesThatTheRuleAddsMayBeRead) {
    PairNetwork n;
    n.add1("c", {n.add1("b", {n.add1("a", {n.input("x")})})});
    const auto adding = [](Graph& graph, const Node& producer, const Node& reader, size_t position) {
        auto node = any_pair(graph, producer, reader, position);
        node->inputs.insert(
            node->inputs.begin(),
            graph.add_value(
                {.name = "added", .type = channel_vector(4), .role = Role::parameter, .info = {}}));
        return node;
    };
    const Graph after = fuse_pairs(n.graph(), adding);
    EXPECT_THAT(layers(after), ElementsAre("a+b+c"));
    EXPECT_EQ(after.nodes()[0].inputs.size(), 3u) << "x and an added value a pair";
}

// Nodes that read, make and update values at random, ranges of a flat one among them.
TEST(FusePairsTest, WhateverIsFusedMemoryEndsUpTheSame) {
    std::mt19937 random(1);
    const auto below = [&](size_t n) { return std::uniform_int_distribution<size_t>(0, n - 1)(random); };
    size_t fewer = 0;
    for (int round = 0; round < 500; ++round) {
        PairNetwork n;
        const ValueId flat = n.value("flat", Role::parameter);
        std::vector<ValueId> readable{n.input("x"), flat, n.value("w", Role::parameter, flat),
                                      n.value("v", Role::parameter, flat), n.value("mean", Role::state)};
        const std::vector<ValueId> persistent(readable.begin() + 1, readable.end());
        const size_t nodes = 4 + below(12);
        for (size_t i = 0; i < nodes; ++i) {
            std::vector<ValueId> reads, updates;
            for (size_t k = 1 + below(2); k > 0; --k)  // recent values above all: chains
                reads.push_back(readable[readable.size() - 1 - std::min(below(readable.size()), below(6))]);
            if (below(4) == 0) updates.push_back(persistent[below(persistent.size())]);
            const ValueId y = n.add1(std::to_string(i), reads, updates);
            if (below(6) == 0) n.graph().value(y).role = Role::metric;
            readable.push_back(y);
        }
        const size_t left = fused(n).size();
        fewer += nodes - left;
        if (HasFailure()) {
            FAIL() << "round " << round;
        }
    }
    EXPECT_GT(fewer, 500u) << "pairs were fused";
}

}  // namespace
}  // namespace vkm::test
