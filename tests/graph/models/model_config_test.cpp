#include <graph/models/model_config.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vkm::graph {
namespace {

using testing::HasSubstr;

std::string message_of(const std::function<void()>& f) {
    try {
        f();
    } catch (const ConfigError& error) {
        return error.what();
    }
    return "";
}

TEST(ModelConfigTest, DefaultsAreTorchvisions) {
    for (const char* name : {"mobilenet_v3_large", "mobilenet_v3_small", "mobilenet_v3_small_minimalistic"}) {
        const ModelConfig config = model_config(name);
        EXPECT_EQ(model_name(config.model), name);
        EXPECT_EQ(config.bn_eps, 1e-3);
        EXPECT_EQ(config.bn_momentum, 0.01);
        EXPECT_EQ(config.head, Head::scaled);
        EXPECT_EQ(config.dropout, 0.2);
    }
    const ModelConfig v2 = model_config("mobilenet_v2");
    EXPECT_EQ(v2.bn_eps, 1e-5);
    EXPECT_EQ(v2.bn_momentum, 0.1);
    EXPECT_EQ(v2.head, Head::full);
    EXPECT_EQ(v2.dropout, 0.2);
    EXPECT_EQ(v2.num_classes, 1000);
    EXPECT_EQ(v2.input_size, 224);
    EXPECT_EQ(v2.padding, Padding::symmetric);
    EXPECT_EQ(v2.crop_pct, 0.875);
}

TEST(ModelConfigTest, TimmsSpellingsSetTheWidth) {
    struct Case {
        const char *name, *model;
        double width;
    };
    for (const auto& [name, model, width] :
         {Case{"mobilenetv3_large_100", "mobilenet_v3_large", 1},
          Case{"mobilenetv3_large_075", "mobilenet_v3_large", 0.75},
          Case{"mobilenetv3_small_050", "mobilenet_v3_small", 0.5},
          Case{"mobilenetv3_small_050.lamb_in1k", "mobilenet_v3_small", 0.5},
          Case{"mobilenetv2_140", "mobilenet_v2", 1.4}, Case{"mobilenetv1_100", "mobilenet_v1", 1},
          Case{"mobilenetv4_conv_small_050.e3000_r224_in1k", "mobilenet_v4_conv_small", 0.5},
          Case{"mobilenetv4_conv_small.e2400_r224_in1k", "mobilenet_v4_conv_small", 1},
          Case{"mobilenetv3_small_minimal_100", "mobilenet_v3_small_minimalistic", 1}}) {
        ModelConfig expected = model_config(model);
        expected.width = width;
        EXPECT_EQ(model_config(name), expected) << name;
    }
}

TEST(ModelConfigTest, MindcvsSpellingsSetTheWidthAndTheInputSize) {
    struct Case {
        const char *name, *model;
        double width;
        int64_t size;
    };
    for (const auto& [name, model, width, size] :
         {Case{"mobilenet_v3_large_100", "mindcv_v3_large", 1, 224},
          Case{"mobilenet_v3_small_075", "mindcv_v3_small", 0.75, 224},
          Case{"mobilenet_v2_140", "mindcv_v2", 1.4, 224}, Case{"mobilenet_v2_035_96", "mindcv_v2", 0.35, 96},
          Case{"mobilenet_v1_025", "mindcv_v1", 0.25, 224}}) {
        ModelConfig expected = model_config(model);
        expected.width = width;
        expected.input_size = size;
        EXPECT_EQ(model_config(name), expected) << name;
    }
    EXPECT_EQ(with_options({}, {{"model", "mobilenet_v2_035_96"}, {"input-size", "64"}}).input_size, 64);
    for (const char* name : {"mobilenet_v2_", "mobilenet_v2_100_", "mobilenet_v2_100_x", "mobilenet_v2_10"})
        EXPECT_THAT(message_of([&] { model_config(name); }), HasSubstr("unknown model")) << name;
}

TEST(ModelConfigTest, TimmsPrefixStandsForTensorFlowsConventions) {
    const ModelConfig config = model_config("tf_mobilenetv3_large_minimal_100");
    EXPECT_EQ(config.model.name(), "mobilenet_v3_large_minimalistic");
    EXPECT_EQ(config.padding, Padding::same);
    EXPECT_EQ(config.head, Head::full);
    EXPECT_EQ(config.bn_eps, 1e-3);
    EXPECT_THAT(config.mean, testing::Each(0.5));
    EXPECT_THAT(config.std, testing::Each(0.5));
}

TEST(ModelConfigTest, AnUnknownModelIsAnErrorThatListsTheKnown) {
    EXPECT_THAT(message_of([] { model_config("mobilenet_v3_smal"); }),
                HasSubstr("did you mean 'mobilenet_v3_small'?"));
    for (const char* name : {"mobilenet", "mobilenet_v3", "mobilenetv3_large", "mobilenetv3_large_1",
                             "mobilenetv3_large_000", "mobilenetv2_110d", "tf_mobilenet_v2", ""}) {
        const std::string message = message_of([&] { model_config(name); });
        EXPECT_THAT(message, HasSubstr(fmt::format("unknown model '{}'", name)));
        for (const Model& model : models())
            EXPECT_THAT(message, HasSubstr(model_name(model)));
        EXPECT_THAT(message, HasSubstr("mobilenetv3_large_100"));
    }
}

TEST(ModelConfigTest, EveryOptionGoesToTextAndBack) {
    ModelConfig config = model_config("mobilenet_v3_large_minimalistic");
    config.width = 0.1;
    config.num_classes = 10;
    config.input_size = 32;
    config.stem_stride = 1;
    config.block1_stride = 1;
    config.dropout = 1.0 / 3;
    config.padding = Padding::same;
    config.head = Head::full;
    config.se_order = SeOrder::before;
    config.bn_eps = 1e-5;
    config.bn_momentum = 0.1;
    config.mean = {0.1, -0.2, 1e-9};
    config.std = {0.25, 0.3, 1};
    config.eval_resize = EvalResize::squash;
    config.interpolation = Interpolation::bicubic;
    config.crop_pct = 0.95;
    const ModelOptions options = to_options(config);
    EXPECT_EQ(options.size(), model_options().size());
    EXPECT_EQ(options.at("width"), "0.1");
    EXPECT_EQ(options.at("std"), "0.25,0.3,1");
    EXPECT_EQ(with_options({}, options), config);
    EXPECT_EQ(config_in_metadata(options), config);
}

TEST(ModelConfigTest, SquashingKeepsTheWholeImageUnlessACropIsGiven) {
    const ModelConfig cropping = model_config("mobilenet_v3_small");
    const ModelConfig squashing = with_options(cropping, {{"eval-resize", "squash"}});
    EXPECT_EQ(squashing.eval_resize, EvalResize::squash);
    EXPECT_EQ(squashing.crop_pct, 1);
    EXPECT_EQ(with_options(cropping, {{"eval-resize", "squash"}, {"crop-pct", "0.9"}}).crop_pct, 0.9);
    EXPECT_EQ(with_options(squashing, {{"eval-resize", "short"}}), cropping);
    EXPECT_EQ(with_options(squashing, {{"eval-resize", "squash"}}), squashing);
    for (const char* model : {"jungin500_v3_small", "akrapukhin_v3_large", "akrapukhin_v3_small"}) {
        EXPECT_EQ(model_config(model).eval_resize, EvalResize::squash);
        EXPECT_EQ(model_config(model).crop_pct, 1);
    }
}

TEST(ModelConfigTest, MetadataOfOthersAreIgnored) {
    EXPECT_EQ(config_in_metadata({{"format", "pt"}}), std::nullopt);
    EXPECT_EQ(
        config_in_metadata({{"format", "pt"}, {"labels", "a"}, {"model", "mobilenet_v2"}, {"width", "0.5"}})
            ->width,
        0.5);
}

TEST(ModelConfigTest, ChangingTheModelStartsFromItsDefaults) {
    ModelConfig base = model_config("mobilenet_v3_small");
    base.padding = Padding::same;
    base.width = 0.5;
    EXPECT_EQ(with_options(base, {{"model", "mobilenet_v2"}}), model_config("mobilenet_v2"));
    EXPECT_EQ(with_options(base, {{"model", "mobilenet_v3_small"}}), base);
    EXPECT_EQ(with_options(base, {{"model", "mobilenetv3_small_075"}}).width, 0.75);
    EXPECT_EQ(with_options(base, {{"model", "mobilenetv3_small_075"}}).padding, Padding::same);
    EXPECT_EQ(with_options(base, {{"model", "mobilenetv3_small_075"}, {"width", "0.25"}}).width, 0.25);
}

TEST(ModelConfigTest, BadValuesAreErrorsThatNameTheOption) {
    for (const auto& [option, text] : std::map<std::string, std::vector<std::string>>{
             {"width", {"0", "-1", "nan", "inf", "1x", "", "1e9"}},
             {"num-classes", {"0", "1.5", "ten", "99999999999999999999"}},
             {"input-size", {"0", "-3", "1000000"}},
             {"stem-stride", {"3", "0"}},
             {"block1-stride", {"3"}},
             {"dropout", {"1", "-0.1"}},
             {"padding", {"valid"}},
             {"head", {""}},
             {"se-order", {"middle"}},
             {"bn-eps", {"0"}},
             {"bn-momentum", {"1.1"}},
             {"mean", {"0.5", "1,2", "1,2,3,4", "a,b,c", "nan,0,0"}},
             {"std", {"0,1,1", "1,1,-1"}},
             {"crop-pct", {"0", "1.01"}},
         })
        for (const std::string& value : text)
            EXPECT_THAT(message_of([&] {
                            with_options({}, {{option, value}});
                        }),
                        HasSubstr("--" + option))
                << option << "=" << value;
    EXPECT_THAT(message_of([] {
                    with_options({}, {{"depth", "3"}});
                }),
                HasSubstr("unknown model option 'depth'"));
}

}  // namespace
}  // namespace vkm::graph
