#include "graph/support/networks.h"

#include <graph/weights/parameters.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

namespace vkm::test {
namespace {

using namespace graph;
using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

ModelConfig quarter() {
    ModelConfig config = model_config("mobilenetv3_small_025");
    config.input_size = 32;
    config.num_classes = 10;
    return config;
}

StateDict state_dict_of(const ModelConfig& config, int64_t num_batches_tracked = 3) {
    const TestNetwork network = test_network(config, 1);
    return export_weights(network.graph, trained_values(network.graph, 1), num_batches_tracked);
}

NamedTensor& tensor(StateDict& weights, std::string_view name) {
    return *std::find_if(weights.tensors.begin(), weights.tensors.end(),
                         [&](const NamedTensor& candidate) { return candidate.name == name; });
}

template <typename Exception>
std::string refusal_of(const std::function<void()>& f) {
    try {
        f();
    } catch (const Exception& error) {
        return error.what();
    }
    return "nothing of the expected type was thrown";
}

TEST(ParametersTest, ExportedWeightsComeBackExactly) {
    for (const char* name : {"mobilenetv3_small_025", "mobilenetv2_025"}) {
        ModelConfig config = model_config(name);
        config.num_classes = 7;
        const TestNetwork network = test_network(config, 1);
        const auto values = trained_values(network.graph, 1);
        const StateDict weights = export_weights(network.graph, values, (int64_t{1} << 40) + 1);
        const ImportedWeights imported = import_weights(network.graph, weights);
        EXPECT_EQ(imported.num_batches_tracked, (int64_t{1} << 40) + 1);
        EXPECT_THAT(imported.replaced, ElementsAre());
        ASSERT_EQ(imported.values.size(), values.size());
        for (const auto& [id, value] : values)
            EXPECT_TRUE(imported.values.at(id).values == value.values) << network.graph.value(id).name;
    }
}

TEST(ParametersTest, WeightsOfATrainingGraphAreThoseOfTheEvaluationGraph) {
    const TestNetwork training = test_network(quarter(), 4, Mode::training);
    EXPECT_EQ(export_weights(training.graph, trained_values(training.graph, 1), 3).tensors.size(),
              state_dict_of(quarter()).tensors.size());
    EXPECT_NO_THROW(import_weights(training.graph, state_dict_of(quarter())));
}

TEST(ParametersTest, CountersOfBatchesMayBeAbsent) {
    StateDict weights = state_dict_of(quarter());
    std::erase_if(weights.tensors,
                  [](const NamedTensor& t) { return t.name.ends_with("num_batches_tracked"); });
    EXPECT_EQ(import_weights(test_network(quarter(), 1).graph, weights).num_batches_tracked, 0);
}

TEST(ParametersTest, ExportNeedsEveryValue) {
    const TestNetwork network = test_network(quarter(), 1);
    auto values = trained_values(network.graph, 1);
    values.erase(network.graph.find("classifier.0.bias"));
    EXPECT_THAT(refusal_of<Error>([&] { export_weights(network.graph, values, 0); }),
                HasSubstr("classifier.0.bias"));
}

TEST(ParametersTest, MissingAndUnexpectedTensorsAreNamed) {
    const TestNetwork network = test_network(quarter(), 1);
    StateDict weights = state_dict_of(quarter());
    tensor(weights, "features.4.block.1.1.weight").name = "features.4.block.1.1.gamma";
    EXPECT_THAT(refusal_of<MissingWeights>([&] { import_weights(network.graph, weights); }),
                HasSubstr("features.4.block.1.1.weight"));
    weights = state_dict_of(quarter());
    weights.tensors.push_back(from_floats("classifier.6.bias", {1}, std::vector<float>{1}));
    EXPECT_THAT(refusal_of<UnexpectedWeights>([&] { import_weights(network.graph, weights); }),
                HasSubstr("classifier.6.bias"));
}

TEST(ParametersTest, AWrongShapeIsNamed) {
    StateDict weights = state_dict_of(quarter());
    tensor(weights, "features.2.block.0.0.weight").shape = {8, 72, 1, 1};
    EXPECT_THAT(
        refusal_of<WeightShapeMismatch>([&] { import_weights(test_network(quarter(), 1).graph, weights); }),
        AllOf(HasSubstr("features.2.block.0.0.weight"), HasSubstr("[8, 72, 1, 1]")));
}

TEST(ParametersTest, AnotherModelsWeightsAreRecognised) {
    ModelConfig large = model_config("mobilenetv3_large_075");
    large.num_classes = 5;
    EXPECT_THAT(refusal_of<WeightsError>(
                    [&] { import_weights(test_network(quarter(), 1).graph, state_dict_of(large)); }),
                HasSubstr("--model mobilenet_v3_large --width 0.75 --head scaled --num-classes 5"));
    EXPECT_THAT(refusal_of<MissingWeights>([&] {
                    import_weights(test_network(model_config("mobilenet_v2"), 1).graph,
                                   state_dict_of(quarter()));
                }),
                HasSubstr("--model mobilenet_v3_small --width 0.25"));
    StateDict timm;
    timm.tensors.push_back(from_floats("conv_stem.weight", {1}, std::vector<float>{1}));
    EXPECT_THAT(refusal_of<MissingWeights>([&] { import_weights(test_network(quarter(), 1).graph, timm); }),
                HasSubstr("timm"));
}

TEST(ParametersTest, AClassifierOfAnotherSizeIsReplacedOnlyWhenAsked) {
    ModelConfig other = quarter();
    other.num_classes = 4;
    const TestNetwork network = test_network(other, 1);
    const StateDict weights = state_dict_of(quarter());
    EXPECT_THAT(refusal_of<WeightShapeMismatch>([&] { import_weights(network.graph, weights); }),
                HasSubstr("classifier.3.weight"));
    const ImportedWeights imported = import_weights(network.graph, weights, {.replace_classifier = true});
    EXPECT_THAT(imported.replaced, ElementsAre("classifier.3.weight", "classifier.3.bias"));
    EXPECT_EQ(imported.values.size() + 2, weights_of(network.graph).size());
    EXPECT_FALSE(imported.values.contains(network.graph.find("classifier.3.bias")));
}

TEST(ParametersTest, AnotherWidthIsNoClassifierToReplace) {
    const TestNetwork network = test_network(quarter(), 1);
    ModelConfig wider = quarter();
    wider.head = Head::full;  // differs in the classifier's features
    EXPECT_THROW(import_weights(network.graph, state_dict_of(wider), {.replace_classifier = true}),
                 WeightShapeMismatch);
}

TEST(ParametersTest, AnAbsentClassifierIsReplacedOnlyWhenAsked) {
    const TestNetwork network = test_network(quarter(), 1);
    StateDict weights = state_dict_of(quarter());
    std::erase_if(weights.tensors, [](const NamedTensor& t) { return t.name.starts_with("classifier."); });
    EXPECT_THAT(refusal_of<MissingWeights>([&] { import_weights(network.graph, weights); }),
                HasSubstr("no classifier"));
    EXPECT_THAT(
        import_weights(network.graph, weights, {.replace_classifier = true}).replaced,
        ElementsAre("classifier.0.weight", "classifier.0.bias", "classifier.3.weight", "classifier.3.bias"));
}

TEST(ParametersTest, TheFileIsNamed) {
    StateDict weights = state_dict_of(quarter());
    weights.source = "w.pth";
    tensor(weights, "features.0.0.weight").name = "stem";
    EXPECT_THAT(
        refusal_of<MissingWeights>([&] { import_weights(test_network(quarter(), 1).graph, weights); }),
        HasSubstr("w.pth: the weights have no tensor features.0.0.weight"));
}

}  // namespace
}  // namespace vkm::test
