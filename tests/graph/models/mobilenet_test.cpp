#include <graph/models/architecture.h>

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

TEST(MobileNetTest, HeadIsScaledOrFull) {
    ModelConfig config = model_config("mobilenetv3_large_050");
    EXPECT_EQ(architecture(config).hidden, 640);
    config.head = Head::full;
    EXPECT_EQ(architecture(config).hidden, 1280);
    EXPECT_EQ(architecture(config).last, 6 * 80);
    config.width = 1.5;
    EXPECT_EQ(architecture(config).hidden, 1920);

    ModelConfig v2 = model_config("mobilenetv2_050");
    EXPECT_EQ(architecture(v2).last, 1280);
    EXPECT_EQ(architecture(v2).hidden, 0);
    v2.head = Head::scaled;
    EXPECT_EQ(architecture(v2).last, 640);
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
        EXPECT_EQ(minimal.activation, Activation::relu);
        EXPECT_EQ(minimal.hidden, full.hidden);
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
