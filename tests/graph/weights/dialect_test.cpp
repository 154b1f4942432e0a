#include "graph/weights/state_dicts.h"

#include <graph/models/network.h>
#include <graph/weights/choose.h>
#include <graph/weights/dialect.h>
#include <graph/weights/original_names.h>
#include <graph/weights/parameters.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace vkm::test {
namespace {

using namespace graph;
using testing::Contains;
using testing::Not;

/// Returns a dialect by its name, of those that have the model.
const Dialect& dialect(std::string_view name, const Model& model) {
    for (const Dialect& one : dialects()) {
        const std::vector<Model> all = one.networks();
        if (one.name == name && std::ranges::find(all, model) != all.end()) return one;
    }
    throw Error("no dialect {} of {}", name, model_name(model));
}

struct Named {
    std::string name;
    std::vector<int64_t> shape;
    bool operator==(const Named&) const = default;
};

std::ostream& operator<<(std::ostream& out, const Named& named) {
    return out << fmt::format("{} [{}]", named.name, fmt::join(named.shape, ", "));
}

std::vector<Named> listed(const StateDict& weights) {
    std::vector<Named> all;
    for (const NamedTensor& tensor : weights.tensors)
        all.push_back({tensor.name, tensor.shape});
    return all;
}

/// Returns the names and shapes of a program's file.
StateDict original(const Dialect& in, const ModelConfig& config) {
    return rename_to_original(without_values(config), config, in);
}

std::vector<Named> original(std::string_view in, const ModelConfig& config) {
    return listed(original(dialect(in, config.model), config));
}

std::vector<std::string> names(std::string_view in, const ModelConfig& config) {
    std::vector<std::string> all;
    for (const Named& named : original(in, config))
        all.push_back(named.name);
    return all;
}

TEST(DialectTest, EveryDialectTellsItsNetworksByTheirNames) {
    Recogniser recogniser;
    for (const Dialect& one : dialects())
        for (const Model& model : one.networks())
            for (const double width : {1.0, 0.5}) {
                ModelConfig config = model_config(model_name(model));
                config.num_classes = 4;
                config.width = width;
                if (one.assume) one.assume(config);
                const StateDict file = original(one, config);
                EXPECT_EQ(file.tensors.front().name, one.first);
                std::set<std::string> distinct;
                for (const NamedTensor& tensor : file.tensors)
                    EXPECT_TRUE(distinct.insert(tensor.name).second) << tensor.name;
                const auto found = recogniser.identify_all(file.tensors);
                ASSERT_EQ(found.size(), 1u) << one.name << " " << model_name(model) << " " << width;
                EXPECT_TRUE(found[0].has_classifier);
                EXPECT_TRUE(found[0].unused.empty());
                // Under our own names a 1x1 convolution of vectors is taken for a matrix, and back.
                if (!one.models.empty()) {
                    EXPECT_EQ(listed(original(*found[0].dialect, found[0].config)), listed(file));
                }
            }
}

TEST(DialectTest, EveryWidthAndNumberOfClassesGoesThereAndBack) {
    Recogniser recogniser;
    for (const char* name :
         {"pengbo_v3_small", "kuanwang_v3_large", "jungin500_v3_small", "tonylins_v2", "showlo_v3_small",
          "dli14_v3_small", "mindcv_v3_large", "mindcv_v2", "akrapukhin_v3_small", "timm_v3_large"})
        for (const double width : {0.25, 0.35, 0.77, 1.3, 2.0}) {
            ModelConfig config = model_config(name);
            config.width = width;
            config.num_classes = 7;
            const Dialect& in = *dialect_of(config.model);
            const StateDict file = original(in, config);
            const auto found = recogniser.identify_all(file.tensors);
            ASSERT_EQ(found.size(), 1u) << name << " " << width;
            EXPECT_EQ(listed(original(*found[0].dialect, found[0].config)), listed(file)) << name;
            EXPECT_EQ(listed(without_values(found[0].config)), listed(without_values(config))) << name;
            EXPECT_EQ(found[0].config.num_classes, 7);
        }
}

TEST(DialectTest, ReadAndWrittenBackAFileIsTheSame) {
    ModelConfig config = model_config("akrapukhin_v3_small");
    config.width = 0.25;
    config.num_classes = 3;
    const Dialect& in = *dialect_of(config.model);
    StateDict file = original(in, config);
    float value = 0;
    for (NamedTensor& tensor : file.tensors)
        tensor = from_floats(tensor.name, tensor.shape,
                             std::vector<float>(static_cast<size_t>(*element_count(tensor.shape)), ++value));
    const WeightsContent content{.groups = {{.path = "", .tensors = file.tensors}},
                                 .read = [&](size_t) { return file; }};
    const WeightsChoice choice = choose_weights(content, "file");
    ASSERT_TRUE(choice.network);
    EXPECT_TRUE(choice.network->unused.empty()) << "the layers that nothing uses are known";
    const std::vector<NamedTensor> without_use = read_without_use(content, choice);
    EXPECT_EQ(without_use.size(), unused_weights(config).size());
    EXPECT_EQ(rename_to_original(read_weights(content, choice), config, in, without_use), file);
}

// As timm 0.9 has them.
TEST(DialectTest, TimmsNamesAreTimms) {
    const auto large = names("timm", model_config("mobilenetv3_large_100"));
    for (const char* name :
         {"conv_stem.weight", "bn1.running_mean", "blocks.0.0.conv_dw.weight", "blocks.0.0.bn1.weight",
          "blocks.0.0.conv_pw.weight", "blocks.0.0.bn2.bias", "blocks.1.0.conv_pw.weight",
          "blocks.1.1.conv_dw.weight", "blocks.1.1.bn2.weight", "blocks.2.2.se.conv_reduce.bias",
          "blocks.2.2.se.conv_expand.weight", "blocks.3.3.conv_pwl.weight", "blocks.5.2.bn3.running_var",
          "blocks.6.0.conv.weight", "blocks.6.0.bn1.weight", "conv_head.weight", "conv_head.bias",
          "classifier.weight"})
        EXPECT_THAT(large, Contains(name));
    const auto v1 = names("timm", model_config("mobilenetv1_100"));
    for (const char* name : {"conv_stem.weight", "blocks.0.0.conv_dw.weight", "blocks.1.1.conv_pw.weight",
                             "blocks.3.5.bn2.running_mean", "blocks.4.1.bn1.weight", "classifier.bias"})
        EXPECT_THAT(v1, Contains(name));
    const auto v4 = names("timm", model_config("mobilenetv4_conv_small"));
    for (const char* name :
         {"blocks.0.0.conv.weight", "blocks.0.1.bn1.weight", "blocks.1.1.conv.weight",
          "blocks.2.0.dw_start.conv.weight", "blocks.2.0.pw_exp.bn.running_var",
          "blocks.2.1.dw_mid.conv.weight", "blocks.2.5.dw_start.bn.bias", "blocks.3.5.pw_proj.conv.weight",
          "blocks.4.0.bn1.weight", "conv_head.weight", "norm_head.weight", "classifier.weight"})
        EXPECT_THAT(v4, Contains(name));
    EXPECT_THAT(v4, Not(Contains("conv_head.bias")));
    const auto v2 = names("timm", model_config("mobilenetv2_100"));
    for (const char* name :
         {"blocks.0.0.conv_pw.weight", "blocks.1.1.conv_pwl.weight", "blocks.6.0.bn3.weight",
          "conv_head.weight", "bn2.running_var", "classifier.bias"})
        EXPECT_THAT(v2, Contains(name));
}

// mobilenetv3_small_050, as timm 0.9 has it.
TEST(DialectTest, TimmsChannelsAreTimms) {
    ModelConfig config = model_config("timm_v3_small");
    config.width = 0.5;
    const auto small = original("timm", config);
    for (const Named& named :
         {Named{"conv_stem.weight", {16, 3, 3, 3}}, Named{"blocks.0.0.conv_pw.weight", {8, 16, 1, 1}},
          Named{"blocks.1.0.conv_pw.weight", {40, 8, 1, 1}},
          Named{"blocks.1.1.conv_pw.weight", {56, 16, 1, 1}},
          Named{"blocks.5.0.conv.weight", {288, 48, 1, 1}}, Named{"conv_head.weight", {1024, 288, 1, 1}}})
        EXPECT_THAT(small, Contains(named));
}

TEST(DialectTest, TonylinsNamesCountActivations) {
    const auto v2 = names("tonylins", model_config("mobilenet_v2"));
    for (const char* name :
         {"features.1.conv.0.weight", "features.1.conv.4.running_var", "features.2.conv.3.weight",
          "features.17.conv.7.bias", "features.18.0.weight", "classifier.weight"})
        EXPECT_THAT(v2, Contains(name));
}

TEST(DialectTest, ShowLosThirdVersionNamesTheLastBatchNormOfASum) {
    const auto small = names("ShowLo", model_config("showlo_v3_small"));
    for (const char* name : {"featureList.1.conv1.0.weight", "featureList.1.conv1.2.fc.0.weight",
                             "featureList.1.conv2.1.weight", "featureList.3.conv1.1.bias",
                             "featureList.3.conv2.4.weight", "featureList.3.conv2.5.lastBN.running_mean",
                             "featureList.12.0.weight", "last_stage_layers.1.weight", "classifier.1.bias"})
        EXPECT_THAT(small, Contains(name));
}

TEST(DialectTest, LayersOfOneListAreNumberedAsTheirProgramsDo) {
    const auto pengbo = original("PengBoXiangShang", model_config("pengbo_v3_small"));
    for (const Named& named :
         {Named{"features.1.conv.5.fc.0.weight", {4, 16}}, Named{"features.13.fc.2.weight", {576, 144}},
          Named{"features.16.0.weight", {1280, 576, 1, 1}}, Named{"features.17.1.running_var", {1000}}})
        EXPECT_THAT(pengbo, Contains(named));
    EXPECT_THAT(names("PengBoXiangShang", model_config("pengbo_v3_large")), Contains("features.21.bias"));
    EXPECT_THAT(names("kuan-wang", model_config("kuanwang_v3_large")), Contains("features.18.bias"));
    const auto dli14 = names("d-li14", model_config("dli14_v3_small"));
    for (const char* name : {"features.1.conv.3.fc.0.bias", "features.1.conv.4.weight",
                             "features.4.conv.5.fc.2.bias", "features.2.conv.7.weight", "conv.1.bias"})
        EXPECT_THAT(dli14, Contains(name));
    EXPECT_THAT(dli14, Not(Contains("features.1.conv.7.weight")));
    const auto mindcv = original("MindCV", model_config("mindcv_v3_large"));
    for (const Named& named : {Named{"features.3.layers.4.moving_variance", {16}},
                               Named{"features.6.layers.6.conv_reduce.weight", {24, 72, 1, 1}},
                               Named{"features.6.layers.8.gamma", {40}}, Named{"features.19.beta", {960}}})
        EXPECT_THAT(mindcv, Contains(named));
    const auto jungin500 = original("jungin500", model_config("jungin500_v3_small"));
    for (const Named& named : {Named{"features.3.squeeze_excite_0.se_1_0.weight", {16, 16}},
                               Named{"features.4.bottleneck_final_2.weight", {24, 16, 1, 1}},
                               Named{"features.16.bias", {576}}, Named{"classifiers.4.weight", {1000, 1024}}})
        EXPECT_THAT(jungin500, Contains(named));
}

}  // namespace
}  // namespace vkm::test
