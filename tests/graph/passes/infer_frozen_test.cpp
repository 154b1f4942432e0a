#include "graph/support/networks.h"

#include <graph/flat_buffers.h>
#include <graph/gradients.h>
#include <graph/models/network.h>
#include <graph/operator.h>
#include <graph/ops/batch_norm.h>
#include <graph/ops/softmax_cross_entropy.h>
#include <graph/passes/freeze.h>
#include <graph/reference/reference.h>
#include <graph/weights/parameters.h>

#include <gtest/gtest.h>

#include <algorithm>

namespace vkm::test {
namespace {

using namespace graph;

ModelConfig tiny() {
    ModelConfig config = model_config("mobilenet_v3_small");
    config.width = 0.25;
    config.num_classes = 5;
    config.input_size = 16;
    config.stem_stride = 1;
    config.dropout = 0;
    return config;
}

struct Built {
    Graph graph;
    ValueId images, logits;
};

Built build(Mode mode, const Frozen& frozen = {}) {
    Built built;
    built.images = built.graph.input("images", f32({2, 16, 16, 3}));
    built.logits = build_network(built.graph, tiny(), built.images, mode, frozen);
    return built;
}

/// Returns the graph's weights by name.
std::map<std::string, HostTensor> by_name(const Graph& graph, const std::map<ValueId, HostTensor>& values) {
    std::map<std::string, HostTensor> named;
    for (const ValueId id : weights_of(graph))
        named[graph.value(id).info->name] = values.at(id);
    return named;
}

/// Computes the logits, from weights by name.
HostTensor logits(const Built& built, const std::map<std::string, HostTensor>& weights,
                  const DerivedWeights& derived = {}) {
    std::map<ValueId, HostTensor> values;
    for (const ValueId id : weights_of(built.graph))
        values[id] = weights.at(built.graph.value(id).info->name);
    const std::map<ValueId, HostTensor> given = values;
    derived.each([&](ValueId id) { return given.at(id); },
                 [&](ValueId id, HostTensor value) { values[id] = std::move(value); });
    values[built.images] = noise({2, 16, 16, 3}, 3);
    run_reference(built.graph, values);
    return values.at(built.logits);
}

void expect_near(const HostTensor& got, const HostTensor& want) {
    for (size_t i = 0; i < want.values.size(); ++i)
        EXPECT_NEAR(got.values[i], want.values[i], 1e-9);
}

TEST(InferFrozenTest, AFrozenBackboneComputesWhatEvaluationDoes) {
    const Built evaluation = build(Mode::evaluation);
    const auto weights = by_name(evaluation.graph, trained_values(evaluation.graph, 1));
    Built training = build(Mode::training, parse_frozen("backbone", tiny()));
    const size_t before = training.graph.nodes().size();
    FrozenGraph frozen = infer_frozen(training.graph);
    training.graph = std::move(frozen.graph);
    EXPECT_LT(training.graph.nodes().size(), before / 2) << "batch norm, activations and additions are fused";
    expect_near(logits(training, weights, frozen.derived), logits(evaluation, weights));
}

TEST(InferFrozenTest, FrozenBatchNormsComputeWhatEvaluationDoes) {
    const Built evaluation = build(Mode::evaluation);
    const auto weights = by_name(evaluation.graph, trained_values(evaluation.graph, 1));
    for (const char* words : {"bn", "bn-stats", "stages:1,bn", "features.3.block.1,bn-stats"}) {
        SCOPED_TRACE(words);
        Built training = build(Mode::training, parse_frozen(words, tiny()));
        FrozenGraph frozen = infer_frozen(training.graph);
        training.graph = std::move(frozen.graph);
        expect_near(logits(training, weights, frozen.derived), logits(evaluation, weights));
    }
}

TEST(InferFrozenTest, WithoutFrozenWeightsNothingChanges) {
    const Built training = build(Mode::training);
    const FrozenGraph frozen = infer_frozen(training.graph);
    EXPECT_EQ(frozen.graph.nodes().size(), training.graph.nodes().size());
    EXPECT_EQ(frozen.graph.values().size(), training.graph.values().size());
}

TEST(InferFrozenTest, GradientsAreThoseOfWhatIsTrainedAlone) {
    Built training = build(Mode::training, parse_frozen("backbone", tiny()));
    Graph& graph = training.graph;
    graph = infer_frozen(graph).graph;
    const ValueId labels = graph.input("labels", {DType::i32, {2, 1, 1, 1}});
    const ValueId loss = graph.add1("loss", ops::softmax_cross_entropy({}), {training.logits, labels});
    graph.value(loss).role = Role::metric;
    pack_parameters(graph);
    const size_t forward = graph.nodes().size();
    add_gradients(graph, loss);
    EXPECT_LT(graph.nodes().size() - forward, 12u);
    for (size_t i = forward; i < graph.nodes().size(); ++i)
        EXPECT_FALSE(graph.nodes()[i].layer.starts_with("features")) << graph.nodes()[i].layer;
    int64_t trained = 0;
    for (const ValueId id : graph.with_role(Role::parameter))
        if (graph.value(id).info) {
            EXPECT_TRUE(graph.value(id).name.starts_with("classifier")) << graph.value(id).name;
            ++trained;
        }
    EXPECT_EQ(trained, 4);
    EXPECT_LT(graph.type(flat_buffer(graph, Role::gradient)).bytes(),
              graph.type(flat_buffer(graph, Role::frozen)).bytes());
}

}  // namespace
}  // namespace vkm::test
