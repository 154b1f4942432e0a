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

}  // namespace
}  // namespace vkm::test
