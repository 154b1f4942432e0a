#include "graph/weights/state_dicts.h"

#include <graph/models/network.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace vkm::test {
namespace {

using namespace graph;
using testing::SizeIs;

TEST(IdentifyTest, FindsModelWidthHeadAndClasses) {
    for (const Model& model : common_models())
        for (const double width : {1.0, 0.5})
            for (const Head head : {Head::scaled, Head::full}) {
                ModelConfig config = model_config(model_name(model));
                config.width = width;
                config.num_classes = 6;
                if (width < 1) config.head = head;  // without a trace at width 1
                EXPECT_EQ(identify(without_values(config)), config) << model_name(model) << " " << width;
            }
}

// Several widths may make the same network: the one that is found has the same weights.
TEST(IdentifyTest, FindsANetworkOfAnyWidth) {
    for (const Model& model : common_models())
        for (const double width : {0.05, 0.1, 0.13, 0.2, 1.0 / 3, 0.42, 0.66, 0.9, 1.17, 1.6, 2.0, 3.3}) {
            ModelConfig config = model_config(model_name(model));
            config.width = width;
            config.num_classes = 1;
            const StateDict weights = without_values(config);
            const auto found = identify(weights);
            ASSERT_TRUE(found) << model_name(model) << " " << width;
            EXPECT_EQ(found->model, model);
            EXPECT_EQ(without_values(*found), weights) << model_name(model) << " " << width;
        }
}

StateDict renamed(StateDict weights, const std::function<std::string(const std::string&)>& rename) {
    for (NamedTensor& tensor : weights.tensors)
        tensor.name = rename(tensor.name);
    return weights;
}

TEST(IdentifyTest, LooksBehindPrefixesAndWrappingModules) {
    const ModelConfig config = tiny("mobilenet_v3_small");
    const StateDict weights = without_values(config);
    const auto with = [](std::string prefix) {
        return [prefix](const std::string& name) { return prefix + name; };
    };
    for (const char* prefix :
         {"module.", "_orig_mod.", "model.", "backbone.", "net.", "module._orig_mod.model.", "my.own.words."})
        EXPECT_EQ(identify(renamed(weights, with(prefix))), config) << prefix;
    EXPECT_EQ(identify(renamed(weights,
                               [](const std::string& name) {
                                   return name.starts_with("features.") ? "features.module." + name.substr(9)
                                                                        : name;
                               })),
              config)
        << "the features alone are wrapped";
    EXPECT_EQ(identify(renamed(weights,
                               [](const std::string& name) {
                                   return name.starts_with("features.") ? "backbone." + name : name;
                               })),
              config)
        << "the classifier is not wrapped";
}

TEST(IdentifyTest, FindsEveryNetworkOfOneDict) {
    const ModelConfig config = tiny("mobilenet_v2");
    StateDict both =
        renamed(without_values(config), [](const std::string& name) { return "student." + name; });
    for (NamedTensor& tensor : without_values(config).tensors)
        both.tensors.push_back({.name = "teacher." + tensor.name, .shape = tensor.shape, .data = {}});
    const auto found = Recogniser().identify_all(both.tensors);
    ASSERT_THAT(found, SizeIs(2));
    EXPECT_EQ(found[0].prefix, "student.");
    EXPECT_EQ(found[1].prefix, "teacher.");
}

TEST(IdentifyTest, HasTensorsToSpare) {
    StateDict weights = without_values(tiny("mobilenet_v3_small"));
    weights.tensors.insert(weights.tensors.begin(),
                           NamedTensor{.name = "total_ops", .shape = {}, .data = {}});
    const auto found = Recogniser().identify_all(weights.tensors);
    ASSERT_THAT(found, SizeIs(1));
    EXPECT_EQ(found[0].unused, std::vector<size_t>{0});
    EXPECT_EQ(found[0].tensors.front(), 1u);
}

TEST(IdentifyTest, KnowsANetworkWithoutItsClassifier) {
    StateDict weights = without_values(tiny("mobilenet_v3_large"));
    std::erase_if(weights.tensors, [](const NamedTensor& t) { return t.name.starts_with("classifier."); });
    const auto found = Recogniser().identify_all(weights.tensors);
    ASSERT_THAT(found, SizeIs(1));
    EXPECT_FALSE(found[0].has_classifier);
    EXPECT_EQ(found[0].config.model.name(), "mobilenet_v3_large");
    EXPECT_EQ(identify(weights), std::nullopt);
}

TEST(IdentifyTest, KnowsNothingOfStrangers) {
    EXPECT_EQ(identify({}), std::nullopt);
    const StateDict weights = without_values(tiny("mobilenet_v3_small"));
    const auto altered = [&](size_t i, std::vector<int64_t> shape) {
        StateDict other = weights;
        other.tensors[i].shape = std::move(shape);
        return identify(other);
    };
    EXPECT_EQ(altered(weights.tensors.size() - 1, {}), std::nullopt);
    EXPECT_EQ(altered(0, {8, 1, 3, 3}), std::nullopt);
    EXPECT_EQ(altered(5, {}), std::nullopt);
    StateDict missing = weights;
    missing.tensors.erase(missing.tensors.begin() + 7);
    EXPECT_EQ(identify(missing), std::nullopt);
}

TEST(UnwrappedNameTest, LeavesOutWrappingModules) {
    EXPECT_EQ(unwrapped_name("module._orig_mod.a.module.b"), "a.b");
    EXPECT_EQ(unwrapped_name("module"), "module");
    EXPECT_EQ(unwrapped_name("modules.module1.a"), "modules.module1.a");
    EXPECT_EQ(unwrapped_name(""), "");
}

/// Holds a network's tensors without its classifier's.
StateDict backbone(const ModelConfig& config) {
    StateDict weights = without_values(config);
    std::erase_if(weights.tensors, [](const NamedTensor& t) { return t.name.starts_with("classifier."); });
    return weights;
}

void add(StateDict& weights, const std::string& name, std::vector<int64_t> shape) {
    weights.tensors.push_back({.name = name, .shape = std::move(shape), .data = {}});
}

void add_layer(StateDict& weights, const std::string& name, int64_t out, int64_t in) {
    add(weights, name + ".weight", {out, in});
    add(weights, name + ".bias", {out});
}

void add_norm(StateDict& weights, const std::string& name, int64_t channels) {
    for (const char* field : {".weight", ".bias", ".running_mean", ".running_var"})
        add(weights, name + field, {channels});
}

Identified only(const StateDict& weights) {
    const std::vector<Identified> all = Recogniser().identify_all(weights.tensors);
    EXPECT_THAT(all, SizeIs(1));
    return all.empty() ? Identified{} : all.front();
}

constexpr int64_t v2_channels = 1280;

// Fine-tuned networks: nn.Sequential in place of the classifier.
TEST(IdentifyTest, TakesTwoFullyConnectedLayersOfAFile) {
    StateDict weights = backbone(tiny("mobilenet_v2"));
    add_layer(weights, "classifier.1", 24, v2_channels);
    add_norm(weights, "classifier.2", 24);
    add_layer(weights, "classifier.5", 7, 24);
    const Identified found = only(weights);
    EXPECT_TRUE(found.has_classifier);
    EXPECT_EQ(found.config.num_classes, 7);
    EXPECT_THAT(found.unused, SizeIs(0));
    const Architecture& net = found.config.model.architecture();
    ASSERT_TRUE(net.hidden);
    EXPECT_EQ(net.hidden->out, 24);
    EXPECT_TRUE(net.hidden->batch_norm);
    EXPECT_EQ(net.hidden->bn_eps, 1e-5) << "names do not tell, and nn.BatchNorm1d has this";
    EXPECT_EQ(net.output.bn_eps, 0);
    EXPECT_EQ(net.hidden->activation, Activation::relu);
    EXPECT_THAT(found.note, testing::HasSubstr("ReLU"));
    EXPECT_EQ(found.tensors.size(), weight_list(found.config).size());
}

TEST(IdentifyTest, LayersRightBehindEachOtherHaveNothingBetween) {
    StateDict weights = backbone(tiny("mobilenet_v2"));
    add_layer(weights, "classifier.0", 24, v2_channels);
    add_layer(weights, "classifier.1", 7, 24);
    EXPECT_EQ(only(weights).config.model.architecture().hidden->activation, Activation::none);
}

TEST(IdentifyTest, ALayerUnderTheModelsOwnNamesHasItsActivation) {
    const ModelConfig config = tiny("mobilenet_v3_small");
    const int64_t channels = architecture(config).last->out;
    StateDict weights = backbone(config);
    add_layer(weights, "classifier.0", 20, channels);
    add_layer(weights, "classifier.3", 7, 20);
    EXPECT_EQ(only(weights).config.model.architecture().hidden->activation, Activation::hard_swish);
}

// model.classifier[3] = nn.Sequential(nn.Dropout(), nn.Linear(…)): what stands in front of it stays.
TEST(IdentifyTest, ASequenceInPlaceOfTheLastLayerLeavesTheModelsActivation) {
    const ModelConfig config = tiny("mobilenet_v3_small");
    const int64_t channels = architecture(config).last->out;
    for (const auto& [last, activation] : {std::pair{"classifier.3.1", Activation::hard_swish},
                                           {"classifier.3.0.fc", Activation::hard_swish},
                                           {"classifier.31", Activation::relu},
                                           {"fc", Activation::relu}})
        for (const char* prefix : {"", "module."}) {
            StateDict weights = backbone(config);
            add_layer(weights, "classifier.0", 20, channels);
            add_layer(weights, last, 7, 20);
            weights = renamed(weights, [&](const std::string& name) { return prefix + name; });
            EXPECT_EQ(only(weights).config.model.architecture().hidden->activation, activation) << last;
        }
}

TEST(IdentifyTest, AClassifierMayStandBesideABackboneOfAnyName) {
    for (const char* place : {"backbone.", "backbone.0.", "features.0."}) {
        StateDict weights = renamed(backbone(tiny("mobilenet_v2")),
                                    [&](const std::string& name) { return place + name.substr(9); });
        add_layer(weights, "head", 5, v2_channels);
        const Identified found = only(weights);
        EXPECT_TRUE(found.has_classifier) << place;
        EXPECT_EQ(found.config.num_classes, 5) << place;
        EXPECT_EQ(found.prefix, place);
    }
}

// Taking some of the layers would be another network.
TEST(IdentifyTest, AClassifierThatIsNoneHereIsNotTakenInPart) {
    StateDict three = backbone(tiny("mobilenet_v2"));
    add_layer(three, "classifier.1", 24, v2_channels);
    add_layer(three, "classifier.3", 12, 24);
    add_layer(three, "classifier.5", 7, 12);
    StateDict norm_in_front = backbone(tiny("mobilenet_v2"));
    add_norm(norm_in_front, "classifier.0", v2_channels);
    add_layer(norm_in_front, "classifier.1", 7, v2_channels);
    EXPECT_FALSE(only(three).has_classifier);
    EXPECT_THAT(only(three).note, testing::HasSubstr("classifier.5.weight"));
    EXPECT_FALSE(only(norm_in_front).has_classifier);
    EXPECT_THAT(only(norm_in_front).note, testing::HasSubstr("classifier.0"));
}

}  // namespace
}  // namespace vkm::test
