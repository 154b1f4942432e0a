#include <graph/models/freeze.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <support/bytes.h>

namespace vkm::graph {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

ModelConfig small() {
    return model_config("mobilenet_v3_small");
}

std::string refusal(std::string_view words) {
    return test::message_of<FreezeError>([&] { parse_frozen(words, small()); });
}

TEST(FreezeTest, CountsTheStagesThatItsWordsKnow) {
    EXPECT_EQ(stage_count(small()), 4u);
    EXPECT_NO_THROW(parse_frozen("stages:4", small()));
    EXPECT_THROW(parse_frozen("stages:5", small()), FreezeError);
}

TEST(FreezeTest, NothingIsFrozenWithoutAWord) {
    EXPECT_EQ(parse_frozen("", small()), Frozen{});
    EXPECT_EQ(parse_frozen("none", small()), Frozen{});
    EXPECT_EQ(parse_frozen("", small()).text(), "none");
}

TEST(FreezeTest, TheBackboneIsEverythingBeforeTheClassifier) {
    for (const char* word : {"backbone", "head-only", "head"}) {
        const Frozen frozen = parse_frozen(word, small());
        EXPECT_TRUE(frozen.has("features.0.0.weight"));
        EXPECT_TRUE(frozen.keeps_statistics("features.12.1"));
        EXPECT_FALSE(frozen.has("classifier.0.weight"));
    }
}

TEST(FreezeTest, AllButTheOutputLeavesTheLastLayer) {
    const Frozen frozen = parse_frozen("all-but-output", small());
    EXPECT_TRUE(frozen.has("features.0.0.weight"));
    EXPECT_TRUE(frozen.has("classifier.0.bias"));
    EXPECT_FALSE(frozen.has("classifier.3.weight"));
    EXPECT_FALSE(parse_frozen("linear-probe", model_config("mobilenet_v2")).has("classifier.1.weight"));
    // Its output has a batch norm.
    const Frozen pengbo = parse_frozen("all-but-output", model_config("pengbo_v3_small"));
    EXPECT_TRUE(pengbo.has("classifier.0.weight"));
    EXPECT_FALSE(pengbo.has("classifier.4.weight"));
}

/// torchvision's: V3-Small's blocks at 1/4, 1/8, 1/16 and 1/32 of the image; V2's begin with one of stride 1.
TEST(FreezeTest, AStageBeginsWithAStridedBlock) {
    const auto last_frozen = [](std::string_view words, const ModelConfig& config) {
        const Frozen frozen = parse_frozen(words, config);
        int last = -1;
        while (frozen.has("features." + std::to_string(last + 1)))
            ++last;
        return last;
    };
    EXPECT_EQ(last_frozen("stages:0", small()), 0);
    EXPECT_EQ(last_frozen("stages:1", small()), 1);
    EXPECT_EQ(last_frozen("stages:2", small()), 3);
    EXPECT_EQ(last_frozen("stages:3", small()), 8);
    EXPECT_EQ(last_frozen("stages:4", small()), 11);
    const ModelConfig v2 = model_config("mobilenet_v2");
    EXPECT_EQ(last_frozen("stages:1", v2), 1);
    EXPECT_EQ(last_frozen("stages:2", v2), 3);
    EXPECT_EQ(last_frozen("stages:5", v2), 17);
    ModelConfig cifar = small();
    cifar.block1_stride = cifar.stem_stride = 1;
    EXPECT_EQ(last_frozen("stages:2", cifar), 3) << "whatever the strides are set to";
}

TEST(FreezeTest, BatchNormsMayBeFrozenAlone) {
    const Frozen whole = parse_frozen("bn", small()), statistics = parse_frozen("bn-stats", small());
    EXPECT_TRUE(whole.has_batch_norm("features.3.block.0.1"));
    EXPECT_TRUE(whole.keeps_statistics("features.3.block.0.1"));
    EXPECT_FALSE(whole.has("features.3.block.0.0.weight"));
    EXPECT_FALSE(statistics.has_batch_norm("features.3.block.0.1"));
    EXPECT_TRUE(statistics.keeps_statistics("features.3.block.0.1"));
}

TEST(FreezeTest, ModulesAreNamedByTheirPaths) {
    const Frozen frozen = parse_frozen("features.1, features.12.0,bn", small());
    EXPECT_THAT(frozen.modules, ElementsAre("features.1", "features.12.0"));
    EXPECT_TRUE(frozen.has("features.1.block.0.0.weight"));
    EXPECT_FALSE(frozen.has("features.10.block.0.0.weight"));
    EXPECT_EQ(frozen.text(), "features.1+features.12.0+bn");
}

TEST(FreezeTest, WordsThatMeanNothingAreRefused) {
    EXPECT_THAT(refusal("backbones"), HasSubstr("--freeze backbones: say backbone, "));
    EXPECT_THAT(refusal("features.77"), HasSubstr("a module of mobilenet_v3_small"));
    EXPECT_THAT(refusal("stages:5"), HasSubstr("has stages 1 to 4"));
    EXPECT_THAT(refusal("stages:x"), HasSubstr("has stages 1 to 4"));
    EXPECT_THAT(refusal("backbone,classifier"), HasSubstr("leaves nothing to train"));
}

}  // namespace
}  // namespace vkm::graph
