#include "graph/support/block.h"
#include "graph/support/networks.h"

#include <graph/flat_buffers.h>
#include <graph/lower/lowering.h>
#include <graph/lower/memory.h>
#include <graph/models/model_config.h>
#include <graph/passes/cast_weights.h>
#include <graph/passes/training.h>
#include <graph/passes/uses.h>
#include <graph/run/executor.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <cstring>
#include <map>

namespace vkm::test {
namespace {

using namespace graph;

struct Layers {  // of block()
    Shape x{2, 5, 3, 11};
    int64_t middle = 13, out = 7;
};

// Builds two products and a depthwise convolution with batch norms between them: weights and vectors
// alternate in the flat buffer.
Build layers_of_block(const Layers& c) {
    return [c](Graph& graph, DType dtype) {
        Block b(graph, dtype);
        ValueId v = b.weight("x", c.x);
        v = b.batch_norm("expand.norm", b.pointwise("expand", v, c.middle), Activation::none);
        v = b.batch_norm("depthwise.norm", b.depthwise("depthwise", v, 3, 1), Activation::none);
        return b.pointwise("project", v, c.out);
    };
}

Graph mixed_precision(const Build& build) {
    return gradients_of([&](Graph& graph, DType) { return build(graph, DType::f16); });
}

// Returns whether a node casts parameters, not gradients.
bool casts_parameters(const Graph& graph, const Node& node) {
    return as<ops::Cast>(node) && graph.value(node.inputs[0]).role == Role::parameter;
}

std::vector<const Node*> casts(const Graph& graph) {
    std::vector<const Node*> nodes;
    for (const Node& node : graph.nodes())
        if (casts_parameters(graph, node)) nodes.push_back(&node);
    return nodes;
}

TEST(CastWeightsTest, OneCastOfTheFlatBufferTakesThePlaceOfAllOthers) {
    const Graph before = mixed_precision(layers_of_block({}));
    ASSERT_EQ(casts(before).size(), 4u);
    const Graph after = cast_weights_together(before);
    ASSERT_EQ(casts(after).size(), 1u);
    EXPECT_EQ(casts(after)[0], &after.nodes().front()) << "where the first of them was";
    EXPECT_EQ(casts(after)[0]->inputs, std::vector{flat_buffer(after, Role::parameter)});
    EXPECT_EQ(after.nodes().size() + 3, before.nodes().size());
    size_t at = 1;
    for (const Node& node : before.nodes()) {
        if (casts_parameters(before, node)) continue;
        EXPECT_EQ(after.nodes()[at].op, node.op);
        EXPECT_EQ(after.nodes()[at].inputs, node.inputs);
        EXPECT_EQ(after.nodes()[at].outputs, node.outputs);
        ++at;
    }
}

TEST(CastWeightsTest, EachWorkingWeightLiesAtHalfTheOffsetOfItsParameter) {
    const Graph before = mixed_precision(layers_of_block({}));
    const Graph after = cast_weights_together(before);
    const ValueId weights = casts(after)[0]->outputs.at(0);
    EXPECT_EQ(after.type(weights).bytes() * 2, after.type(flat_buffer(after, Role::parameter)).bytes());
    for (const Node* cast : casts(before)) {
        const Value& weight = after.value(cast->outputs[0]);
        SCOPED_TRACE(weight.name);
        EXPECT_EQ(weight.type, before.type(cast->outputs[0]));
        EXPECT_EQ(weight.view_of, weights);
        EXPECT_EQ(weight.view_offset * 2, before.value(cast->inputs[0]).view_offset);
        EXPECT_LE(weight.view_offset + weight.type.bytes(), after.type(weights).bytes());
        EXPECT_EQ(weight.producer, after.value(weights).producer);
    }
    EXPECT_EQ(ranges_of(after, weights).size(), 4u);
}

TEST(CastWeightsTest, WhatHasNoTwoCastsOrOtherTypesInTheBufferStaysAsItIs) {
    const auto unchanged = [](const Graph& graph) {
        return operators(cast_weights_together(graph)) == operators(graph);
    };
    EXPECT_TRUE(unchanged(gradients_of(layers_of_block({})))) << "fp32";
    EXPECT_TRUE(unchanged(gradients_of([](Graph& graph, DType) {
        Block b(graph, DType::f16);
        return b.weight("x", {1, 3, 5, 8});
    }))) << "one cast";
    EXPECT_TRUE(unchanged(gradients_of([](Graph& graph, DType) {
        Block b(graph, DType::f16);
        const ValueId x = differentiable(graph, "x", {DType::f16, {1, 3, 5, 8}});
        return b.pointwise("project", b.pointwise("expand", x, 12), 8);
    }))) << "a parameter kept in fp16";
    EXPECT_TRUE(unchanged(Graph{})) << "no parameters";
}

TEST(CastWeightsTest, OtherFusionsTakeARangeThatIsReadForAReadOfTheWhole) {
    const Graph after = fuse_training(mixed_precision(layers_of_block({})));
    EXPECT_EQ(casts(after).size(), 1u);
}

// Alignments and ranges as the strictest devices have them.
TEST(CastWeightsTest, EveryBindingBeginsWhereVulkanLetsIt) {
    KernelPlan plan = devices().front().device->plan();
    plan.device.binding_alignment = 256;
    plan.device.window_bytes = 1 << 20;
    const Graph after = cast_weights_together(mixed_precision(layers_of_block({{2, 5, 3, 131}, 509, 409})));
    const Program program = lower(after, plan);
    for (const Command& command : program.commands)
        for (const Region& region : regions(command)) {
            EXPECT_EQ(region.offset % 256, 0) << command.label;
            EXPECT_LE(region.bytes, 1 << 20) << command.label;
        }
}

TEST(CastWeightsTest, TheFlatWeightsLiveAsLongAsTheirLastReader) {
    const Graph after = cast_weights_together(mixed_precision(layers_of_block({})));
    const ValueId weights = casts(after)[0]->outputs.at(0);
    const Program program = lower(after, devices().front().device->plan());
    const int32_t buffer = program.buffer_of_value[static_cast<size_t>(weights)];
    int32_t last_reader = -1;
    for (size_t i = 0; i < program.commands.size(); ++i) {
        const Node& node = after.nodes()[static_cast<size_t>(program.commands[i].node)];
        for (const ValueId range : ranges_of(after, weights))
            if (std::ranges::find(node.inputs, range) != node.inputs.end()) {
                EXPECT_EQ(program.buffer_of_value[static_cast<size_t>(range)], buffer);
                last_reader = static_cast<int32_t>(i);
            }
    }
    const Lifetime life = lifetimes(program)[static_cast<size_t>(buffer)];
    EXPECT_EQ(life.first, 0);
    EXPECT_GE(life.last, last_reader) << "backward reads them again";
}

Options together(const Layers& c) {
    Options options;
    options.pass = [](const Graph& graph) { return cast_weights_together(graph); };
    const auto small = [&options](const std::string& name, double scale, int64_t rows) {
        options.fill[name] = [scale, rows](HostTensor& w) {
            for (int64_t k = 0; k < w.shape.w; ++k)
                for (int64_t n = 0; n < w.shape.c; ++n)
                    w.at(k, n) *= k < rows ? scale : 0;  // rows that only padding channels meet are zero
        };
    };
    small("expand.w", 1 / std::sqrt(static_cast<double>(c.x.c)), c.x.c);
    small("project.w", 1 / std::sqrt(static_cast<double>(c.middle)), c.middle);
    options.fp16_tolerance = 1e-2;  // of a chain of roundings, and of fp32 sums over it
    return options;
}

TEST(CastWeightsTest, DevicesMatchTheReferenceOnOddSizes) {
    for (const Layers& c : {Layers{}, Layers{{3, 7, 5, 9}, 29, 3}})
        expect_matches_reference(layers_of_block(c), together(c));
}

TEST(CastWeightsTest, DevicesMatchTheReferenceOnABufferBeyondTheBindingRange) {
    // More than 1 MiB in fp32, no weight more than the half that SwiftShader's texel buffers span.
    const Layers c{{2, 3, 3, 251}, 509, 251};
    expect_matches_reference(layers_of_block(c), together(c));
}

struct Trained {
    Graph graph;
    ValueId images = no_value, labels = no_value, loss = no_value;
};

Trained small_network() {
    ModelConfig config = model_config("mobilenet_v3_small");
    config.input_size = 32;
    config.num_classes = 5;
    config.width = 0.25;
    Trained network;
    Graph& graph = network.graph;
    network.images = graph.input("images", {DType::f16, {2, 32, 32, 3}});
    const ValueId logits = build_network(graph, config, network.images, Mode::training);
    network.labels = graph.input("labels", {DType::i32, {2, 1, 1, 1}});
    network.loss = graph.add1("loss", ops::softmax_cross_entropy(), {logits, network.labels});
    graph.value(network.loss).role = Role::metric;
    pack_parameters(graph);
    add_gradients(graph, network.loss);
    return network;
}

// Returns the gradients without keep_activations, so that the weights' memory is another's before and after.
std::map<ValueId, HostTensor> gradients_on(PlannedDevice& device, const Trained& network,
                                           const Graph& graph) {
    DeviceState state(device);
    Executor executor({{&state, &graph}});
    for (const auto& [id, tensor] : trained_values(graph, 3))
        state.write(graph, id, tensor);
    const Executor::Slot slot = executor.begin();
    const std::vector<std::byte> images =
        to_bytes(noise(graph.type(network.images).shape, 4), graph.type(network.images));
    std::memcpy(executor.input(slot, 0, network.images).data(), images.data(), images.size());
    const std::array<int32_t, 2> labels{1, 3};
    std::memcpy(executor.input(slot, 0, network.labels).data(), labels.data(), sizeof labels);
    executor.set_step(slot, 0, {});
    executor.submit(slot);
    std::map<ValueId, HostTensor> gradients;
    for (const ValueId id : graph.with_role(Role::gradient))
        gradients[id] = executor.read(0, id);
    return gradients;
}

TEST(CastWeightsTest, AWholeNetworksGradientsAreTheSameToTheBit) {
    const Trained network = small_network();
    const Graph after = cast_weights_together(network.graph);
    ASSERT_GT(casts(network.graph).size(), 40u);
    ASSERT_EQ(casts(after).size(), 1u);
    for (const DeviceUnderTest& device : devices_both_ways()) {
        const auto want = gradients_on(*device.device, network, network.graph);
        const auto got = gradients_on(*device.device, network, after);
        for (const auto& [id, tensor] : want)
            EXPECT_EQ(got.at(id).values, tensor.values) << device.name << ": " << after.value(id).name;
    }
}

}  // namespace
}  // namespace vkm::test
