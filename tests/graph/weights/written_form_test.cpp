#include <gmock/gmock.h>
#include <graph/reference/reference.h>
#include <graph/support/networks.h>
#include <graph/weights/identify.h>
#include <graph/weights/parameters.h>
#include <graph/weights/state_dicts.h>
#include <graph/weights/written_form.h>
#include <gtest/gtest.h>
#include <support/bytes.h>

#include <cmath>

namespace vkm::graph {
namespace {

using testing::HasSubstr;

ModelConfig small(std::string_view name) {
    ModelConfig config = test::tiny(name);
    config.input_size = 16;
    return config;
}

std::vector<double> logits(const ModelConfig& config, const StateDict& state) {
    test::TestNetwork network = test::test_network(config, 1);
    std::map<ValueId, HostTensor> values = import_weights(network.graph, state).values;
    values[network.images] = test::noise(network.graph.type(network.images).shape, 1);
    run_reference(network.graph, values);
    return values.at(network.logits).values;
}

// Returns a network whose fully connected layers have batch norm behind a bias of their own, as fine-tuned ones may.
ModelConfig with_normed_biases() {
    ModelConfig config = test::narrow_model("mobilenet_v3_small");
    ModelTable table{.name = "normed", .architecture = config.model.architecture()};
    table.architecture.hidden->batch_norm = table.architecture.output.batch_norm = true;
    config.model = Model(table);
    return config;
}

TEST(WrittenFormTest, FoldedBatchNormComputesTheSame) {
    for (const ModelConfig& config : {test::narrow_model("mobilenet_v2"),
                                      test::narrow_model("mobilenet_v3_small"), with_normed_biases()}) {
        SCOPED_TRACE(model_name(config.model));
        const Graph graph = test::test_network(config, 1).graph;
        StateDict state = export_weights(graph, test::trained_values(graph, 1), 0);
        const std::vector<double> expected = logits(config, state);
        fold_batch_norms(state, config);
        const std::vector<double> got = logits(config, state);
        double largest = 0;
        for (const double v : expected)
            largest = std::max(largest, std::abs(v));
        for (size_t i = 0; i < got.size(); ++i)
            EXPECT_NEAR(got[i], expected[i], 1e-5 * largest);
        EXPECT_EQ(to_floats(*state.find("features.0.1.running_mean")),
                  std::vector<float>(to_floats(*state.find("features.0.1.weight")).size(), 0));
    }
}

TEST(WrittenFormTest, ACompleteStateDictHasCountersAndItsConfiguration) {
    const ModelConfig config = small("mobilenet_v2");
    const StateDict state = complete_state_dict(config, test::filled(config, 1), {"a", "b", "c"});
    EXPECT_EQ(state.find("features.0.1.num_batches_tracked")->dtype, WeightType::i64);
    EXPECT_EQ(config_in_metadata(state.metadata), config);
    EXPECT_EQ(state.metadata.at(class_names_key), R"(["a","b","c"])");
    EXPECT_EQ(state.tensors.back().name, "classifier.1.bias");
}

TEST(WrittenFormTest, AWeightBeyondHalfPrecisionIsNamed) {
    StateDict state{.tensors = {from_floats("w", {2}, std::vector{1.f, 1e6f})}, .metadata = {}};
    EXPECT_THAT(test::message_of<WeightsError>([&] { round_to_half(state); }),
                HasSubstr("w: 1000000 is beyond float16's range"));
    state.tensors = {from_floats("w", {2}, std::vector{1.f, -0.5f})};
    round_to_half(state);
    EXPECT_EQ(state.tensors[0].dtype, WeightType::f16);
    EXPECT_EQ(to_floats(state.tensors[0]), (std::vector{1.f, -0.5f}));
}

TEST(WrittenFormTest, OriginalNamesAndShapesComeBack) {
    StateDict state{.tensors = {from_floats("a", {2, 1}, std::vector{1.f, 2.f})}, .metadata = {}};
    rename_to_original(state, {{"a", {"conv_head.weight", {2, 1, 1, 1}}}});
    EXPECT_EQ(state.tensors[0], from_floats("conv_head.weight", {2, 1, 1, 1}, std::vector{1.f, 2.f}));
}

}  // namespace
}  // namespace vkm::graph
