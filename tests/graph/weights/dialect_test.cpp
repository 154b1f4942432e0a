#include "graph/weights/state_dicts.h"

#include <graph/weights/dialect.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace vkm::test {
namespace {

using namespace graph;

const Dialect& dialect(std::string_view name) {
    for (const Dialect& one : dialects())
        if (one.name == name) return one;
    throw Error("no dialect {}", name);
}

std::vector<std::string> names(std::string_view in, const ModelConfig& config) {
    const NetworkWeights network = network_weights(config);
    std::vector<std::string> all;
    for (size_t i = 0; i < network.list.size(); ++i)
        all.push_back(dialect(in).name_of(network, i));
    return all;
}

TEST(DialectTest, EveryDialectTellsEveryNetworkByItsNames) {
    for (const Dialect& one : dialects())
        for (const Model& model : common_models()) {
            ModelConfig config = model_config(model_name(model));
            config.num_classes = 4;
            if (one.assume) one.assume(config);
            const NetworkWeights network = network_weights(config);
            StateDict weights;
            std::set<std::string> distinct;
            for (size_t i = 0; i < network.list.size(); ++i) {
                const std::string name = one.name_of(network, i);
                if (name.empty()) break;
                EXPECT_TRUE(distinct.insert(name).second) << name;
                weights.tensors.push_back({.name = name, .shape = network.list[i].torch_shape, .data = {}});
            }
            if (weights.tensors.empty()) continue;  // it has no such network
            EXPECT_EQ(weights.tensors.front().name, one.first);
            const auto found = Recogniser().identify_all(weights.tensors);
            ASSERT_EQ(found.size(), 1u) << one.name << " " << model_name(model);
            EXPECT_EQ(found[0].config, config) << one.name << " " << model_name(model);
            EXPECT_EQ(found[0].dialect->name, one.name);
            EXPECT_TRUE(found[0].unused.empty());
        }
}

// As timm 0.9 has them.
TEST(DialectTest, TimmsNamesAreTimms) {
    using testing::Contains;
    const auto large = names("timm", model_config("mobilenetv3_large_100"));
    for (const char* name :
         {"conv_stem.weight", "bn1.running_mean", "blocks.0.0.conv_dw.weight", "blocks.0.0.bn1.weight",
          "blocks.0.0.conv_pw.weight", "blocks.0.0.bn2.bias", "blocks.1.0.conv_pw.weight",
          "blocks.1.1.conv_dw.weight", "blocks.1.1.bn2.weight", "blocks.2.2.se.conv_reduce.bias",
          "blocks.2.2.se.conv_expand.weight", "blocks.3.3.conv_pwl.weight", "blocks.5.2.bn3.running_var",
          "blocks.6.0.conv.weight", "blocks.6.0.bn1.weight", "conv_head.weight", "conv_head.bias",
          "classifier.weight"})
        EXPECT_THAT(large, Contains(name));
    const auto v2 = names("timm", model_config("mobilenetv2_100"));
    for (const char* name :
         {"blocks.0.0.conv_pw.weight", "blocks.1.1.conv_pwl.weight", "blocks.6.0.bn3.weight",
          "conv_head.weight", "bn2.running_var", "classifier.bias"})
        EXPECT_THAT(v2, Contains(name));
}

TEST(DialectTest, TonylinsNamesCountActivations) {
    using testing::Contains;
    const auto v2 = names("tonylins", model_config("mobilenet_v2"));
    for (const char* name :
         {"features.1.conv.0.weight", "features.1.conv.4.running_var", "features.2.conv.3.weight",
          "features.17.conv.7.bias", "features.18.0.weight", "classifier.weight"})
        EXPECT_THAT(v2, Contains(name));
    EXPECT_EQ(names("tonylins", model_config("mobilenet_v3_small")).front(), "");
}

}  // namespace
}  // namespace vkm::test
