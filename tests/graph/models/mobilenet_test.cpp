#include <graph/models/model_config.h>

#include <gtest/gtest.h>

namespace vkm::graph {
namespace {

TEST(MobileNetTest, ChannelsAreMultiplesOfEightNotMoreThanTenPercentBelow) {
    EXPECT_EQ(make_divisible(16), 16);
    EXPECT_EQ(make_divisible(1), 8);
    EXPECT_EQ(make_divisible(19.9), 24);
    EXPECT_EQ(make_divisible(11.9), 16);  // 8 would be more than 10 % below
    EXPECT_EQ(make_divisible(90), 88);
    EXPECT_EQ(make_divisible(92), 96);
}

TEST(MobileNetTest, OtherRulesRoundUpOrTruncate) {
    EXPECT_EQ(rounded(Rounding::up_to_8, 16), 16);
    EXPECT_EQ(rounded(Rounding::up_to_8, 16.1), 24);
    EXPECT_EQ(rounded(Rounding::up_to_8, 0.3), 8);
    EXPECT_EQ(rounded(Rounding::truncate, 23.9), 23);
    EXPECT_EQ(rounded(Rounding::truncate, 0.9), 0);
}

TEST(MobileNetTest, AWidthThatLeavesALayerWithoutChannelsIsAnErrorThatNamesIt) {
    const auto message = [](const char* model, double width) -> std::string {
        ModelConfig config = model_config(model);
        config.width = width;
        try {
            architecture(config);
        } catch (const ConfigError& error) {
            return error.what();
        }
        return "";
    };
    EXPECT_EQ(message("akrapukhin_v3_large", 0.05), "stem: width 0.05 leaves it no channel");
    EXPECT_EQ(message("akrapukhin_v3_small", 0.1),
              "block 1: 1 channels leave squeeze-and-excite no hidden channel at width 0.1");
    EXPECT_EQ(message("akrapukhin_v3_large", 0.1), "");
    EXPECT_EQ(message("pengbo_v3_small", 0.05), "");
}

// Rules that the programs have beside torchvision's (docs/models.md).
TEST(MobileNetTest, DialectsFollowTheWidthInTheirOwnWays) {
    const auto at = [](const char* model, double width) {
        ModelConfig config = model_config(model);
        config.width = width;
        return architecture(config);
    };
    EXPECT_EQ(at("pengbo_v3_large", 0.5).stem.out, 16);
    EXPECT_EQ(at("pengbo_v3_large", 0.35).blocks[1].expanded, 24);  // 64 x 0.35 = 22.4, up
    EXPECT_EQ(at("pengbo_v3_large", 0.5).hidden->out, 1280);
    EXPECT_EQ(at("pengbo_v3_large", 0.5).blocks[3].squeeze_excite->hidden, 40 / 4);
    EXPECT_EQ(at("pengbo_v3_large", 1).blocks.size(), 15u);
    EXPECT_EQ(at("pengbo_v3_large", 1).blocks[12].out, 112);
    EXPECT_EQ(at("pengbo_v3_small", 2).hidden->out, 2560);
    EXPECT_EQ(at("tonylins_v2", 0.35).stem.out, 32);
    EXPECT_EQ(at("tonylins_v2", 0.35).blocks[0].out, 16);
    EXPECT_EQ(at("tonylins_v2", 0.35).blocks[1].out, 16);  // 24 x 0.35 = 8.4, up
    EXPECT_EQ(at("jungin500_v3_small", 0.5).blocks[1].expanded, 72);
    EXPECT_EQ(at("jungin500_v3_small", 0.5).blocks[1].out, 12);
    EXPECT_EQ(at("jungin500_v3_small", 0.5).blocks[3].squeeze_excite->hidden, 96);
    EXPECT_EQ(at("jungin500_v3_small", 0.5).hidden->out, 512);
    EXPECT_EQ(at("showlo_v3_small", 0.5).last->out, make_divisible(288 * 0.5));
    EXPECT_EQ(at("dli14_v3_small", 0.75).blocks[2].expanded, make_divisible(24 * 3.67));
    EXPECT_EQ(at("dli14_v3_small", 1).blocks[0].squeeze_excite->order, SeOrder::after);
    EXPECT_EQ(at("dli14_v3_small", 1).blocks[3].squeeze_excite->order, SeOrder::before);
    EXPECT_EQ(at("mindcv_v3_small", 1).stem.padding, Padding::symmetric);
    EXPECT_EQ(at("akrapukhin_v3_large", 0.25).blocks[8].expanded, 46);
    EXPECT_EQ(at("akrapukhin_v3_large", 0.25).hidden->out, 1280);
}

TEST(MobileNetTest, ImagesOf32PixelsPassTheFirstTwoStridedBlocksWhole) {
    std::vector<int64_t> strides;
    for (const Block& block : architecture(model_config("akrapukhin_v3_large")).blocks)
        strides.push_back(block.stride);
    EXPECT_EQ(strides, (std::vector<int64_t>{1, 1, 1, 1, 1, 1, 2, 1, 1, 1, 1, 1, 2, 1, 1}));
}

TEST(MobileNetTest, HeadIsScaledOrFull) {
    ModelConfig config = model_config("mobilenetv3_large_050");
    EXPECT_EQ(architecture(config).hidden->out, 640);
    config.head = Head::full;
    EXPECT_EQ(architecture(config).hidden->out, 1280);
    EXPECT_EQ(architecture(config).last->out, 6 * 80);
    config.width = 1.5;
    EXPECT_EQ(architecture(config).hidden->out, 1920);

    ModelConfig v2 = model_config("mobilenetv2_050");
    EXPECT_EQ(architecture(v2).last->out, 1280);
    EXPECT_FALSE(architecture(v2).hidden);
    v2.head = Head::scaled;
    EXPECT_EQ(architecture(v2).last->out, 640);
}

TEST(MobileNetTest, Block1StrideIsThatOfTheFirstStridedBottleneck) {
    for (const auto& [name, first] :
         {std::pair{"mobilenet_v3_small", 0}, {"mobilenet_v3_large", 1}, {"mobilenet_v2", 1}}) {
        ModelConfig config = model_config(name);
        const Architecture plain = architecture(config);
        config.block1_stride = 1;
        const Architecture changed = architecture(config);
        for (size_t i = 0; i < plain.blocks.size(); ++i)
            EXPECT_EQ(changed.blocks[i].stride, i == static_cast<size_t>(first) ? 1 : plain.blocks[i].stride);
        EXPECT_EQ(plain.blocks[static_cast<size_t>(first)].stride, 2);
    }
}

TEST(MobileNetTest, MinimalisticVariantsHaveNoSqueezeExciteNoHardSwishAndOnly3x3) {
    for (const char* name : {"mobilenet_v3_small", "mobilenet_v3_large"}) {
        const Architecture full = architecture(model_config(name));
        const Architecture minimal = architecture(model_config(std::string(name) + "_minimalistic"));
        EXPECT_EQ(minimal.stem.activation, Activation::relu);
        EXPECT_EQ(minimal.hidden->out, full.hidden->out);
        ASSERT_EQ(minimal.blocks.size(), full.blocks.size());
        for (size_t i = 0; i < full.blocks.size(); ++i) {
            EXPECT_EQ(minimal.blocks[i].kernel, 3);
            EXPECT_FALSE(minimal.blocks[i].squeeze_excite);
            EXPECT_EQ(minimal.blocks[i].activation, Activation::relu);
            EXPECT_EQ(minimal.blocks[i].expanded, full.blocks[i].expanded);
            EXPECT_EQ(minimal.blocks[i].out, full.blocks[i].out);
            EXPECT_EQ(minimal.blocks[i].stride, full.blocks[i].stride);
        }
    }
}

}  // namespace
}  // namespace vkm::graph
