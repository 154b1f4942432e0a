#include "graph/support/flat_layout.h"
#include "graph/support/networks.h"

#include <graph/flat_buffers.h>
#include <graph/models/model_config.h>

#include <gtest/gtest.h>

#include <algorithm>
#include <map>

namespace vkm::test {
namespace {

using namespace graph;

TEST(PackParametersTest, TheLastParameterComesFirstAndStatesKeepTheirOrder) {
    Graph graph;
    for (const int64_t c : {3, 1, 67, 129}) {
        graph.parameter({.name = fmt::format("p{}", c), .torch_shape = {c}});
        graph.state({.name = fmt::format("s{}", c), .torch_shape = {c}});
    }
    pack_parameters(graph);
    EXPECT_EQ(names_by_offset(graph, Role::parameter), (std::vector<std::string>{"p129", "p67", "p1", "p3"}));
    EXPECT_EQ(names_by_offset(graph, Role::state), (std::vector<std::string>{"s3", "s1", "s67", "s129"}));
    expect_sound_layout(graph, Role::parameter);
    expect_sound_layout(graph, Role::state);
}

TEST(PackParametersTest, EachTensorTakesItsStoredBytesRoundedUpTo512) {
    Graph graph;
    const ValueId first = graph.parameter({.name = "a", .torch_shape = {129}});  // 132 floats stored
    const ValueId second = graph.parameter(
        {.name = "b", .torch_shape = {5, 3}, .layout = WeightLayout::matrix});  // 4 x 8 floats
    const ValueId third = graph.parameter({.name = "c", .torch_shape = {64}});  // 256 bytes
    pack_parameters(graph);
    EXPECT_EQ(graph.value(third).view_offset, 0);
    EXPECT_EQ(graph.value(second).view_offset, 512);
    EXPECT_EQ(graph.value(first).view_offset, 1024);
    EXPECT_EQ(graph.type(flat_buffer(graph, Role::parameter)).bytes(), 1024 + 1024);
}

TEST(PackParametersTest, AHalfPrecisionParameterKeepsThePlaceOfItsGradient) {
    std::vector<std::vector<int64_t>> offsets;
    for (const DType dtype : {DType::f32, DType::f16}) {
        Graph graph;
        const ValueId a = graph.parameter({.name = "a", .torch_shape = {131}});
        const ValueId b = graph.parameter({.name = "b", .torch_shape = {97}});
        graph.value(b).type.dtype = dtype;
        pack_parameters(graph);
        expect_sound_layout(graph, Role::parameter);
        offsets.push_back({graph.value(a).view_offset, graph.value(b).view_offset,
                           graph.type(flat_buffer(graph, Role::parameter)).bytes()});
    }
    EXPECT_EQ(offsets[0], offsets[1]);
}

TEST(PackParametersTest, PackingTwiceChangesNothing) {
    Graph graph;
    graph.parameter({.name = "a", .torch_shape = {7}});
    pack_parameters(graph);
    const size_t values = graph.values().size();
    pack_parameters(graph);
    EXPECT_EQ(graph.values().size(), values);
}

TEST(PackParametersTest, AGraphWithoutParametersHasNoFlatBuffers) {
    Graph graph;
    graph.input("x", channel_vector(7));
    pack_parameters(graph);
    for (const Role role : {Role::parameter, Role::gradient, Role::optimizer, Role::state})
        EXPECT_EQ(flat_buffer(graph, role), no_value);
}

TEST(PackParametersTest, TrainingAndEvaluationOfAModelAgree) {
    ModelConfig config = model_config("mobilenet_v3_small");
    config.width = 0.25;
    config.input_size = 32;
    const auto offsets = [&](Mode mode, int64_t batch) {
        TestNetwork network = test_network(config, batch, mode);
        pack_parameters(network.graph);
        std::map<std::string, int64_t> result;
        for (const Role role : {Role::parameter, Role::state}) {
            expect_sound_layout(network.graph, role);
            for (const ValueId id : network.graph.with_role(role))
                result[network.graph.value(id).name] = network.graph.value(id).view_of == no_value
                                                           ? network.graph.type(id).bytes()
                                                           : network.graph.value(id).view_offset;
        }
        return result;
    };
    EXPECT_EQ(offsets(Mode::training, 3), offsets(Mode::evaluation, 7));
    EXPECT_EQ(offsets(Mode::training_synchronised, 5), offsets(Mode::evaluation, 7));
}

}  // namespace
}  // namespace vkm::test
