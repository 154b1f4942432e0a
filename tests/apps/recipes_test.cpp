#include "cli/usage_error.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <train/recipe_file.h>

#include <cmath>
#include <numbers>

#include "apps/support/resolved.h"
#include "support/bytes.h"
#include "support/temporary_folder.h"

namespace vkm::apps {
namespace {

using test::message_of;
using test::Resolved;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

double cosine(double from, double to, double share) {
    return to + (from - to) / 2 * (1 + std::cos(std::numbers::pi * share));
}

/// Describes a program as its authors have it.
struct Published {
    const char* recipe;
    const char* model;
    int64_t epochs, batch;
    train::OptimizerChoice optimizer;
    double (*rate)(double epoch);  ///< at the beginning of a whole or half epoch
    train::WithoutDecay spared = train::WithoutDecay::none;
    double smoothing = 0, ema = 0;
    const char* policy = "";
    double erasing = 0;
};

using enum train::WithoutDecay;
using Numbers = std::map<std::string, double, std::less<>>;

train::OptimizerChoice sgd(double decay, Numbers more = {}) {
    more.insert({{"momentum", 0.9}, {"weight-decay", decay}});
    return {"sgd", more};
}

double whole(double epoch) {
    return std::floor(epoch);
}
double pengbo(double epoch) {
    return epoch < 105 ? 1e-1 : epoch < 125 ? 1e-2 : epoch < 135 ? 1e-3 : epoch < 145 ? 1e-4 : 1e-5;
}
double every_epoch(double epoch) {
    return 0.045 * std::pow(0.98, whole(epoch));
}
double jungin500(double epoch) {
    return 0.005 * std::pow(0.99, epoch < 1 ? 0 : std::floor((whole(epoch) - 1) / 3));
}
double akrapukhin(double epoch) {
    return epoch < 15 ? 0.1 : 0.01;
}
double mindcv_large(double epoch) {
    return epoch < 4 ? 1.08 * epoch / 4 : cosine(1.08, 0, (epoch - 4) / 416);
}
double mindcv_small(double epoch) {
    return epoch < 4 ? 0.77 * epoch / 4 : cosine(0.77, 0, (epoch - 4) / 466);
}
double timm_ra(double epoch) {
    const double e = whole(epoch);
    return e < 3 ? 1e-6 + e * (0.064 - 1e-6) / 3 : 0.064 * std::pow(0.973, std::floor(e / 2.4));
}
double timm_lamb(double epoch) {
    const double e = whole(epoch);
    return e < 5 ? 1e-4 + e * (0.005 - 1e-4) / 5 : cosine(0.005, 1e-6, e / 450);
}
double ra4(double epoch) {
    return epoch < 5 ? 0.002 * epoch / 5 : cosine(0.002, 0, epoch / 3600);
}
double torchvision_v3(double epoch) {
    return 0.064 * std::pow(0.973, std::floor(epoch / 2));
}
double torchvision_improved(double epoch) {
    const double e = whole(epoch);
    return e < 5 ? 0.5 * (0.01 + 0.99 * e / 5) : cosine(0.5, 0, (e - 5) / 595);
}

const Numbers rms_of_timm{{"alpha", 0.9}, {"momentum", 0.9}, {"eps", 1e-3}, {"weight-decay", 1e-5}},
    rms_of_torchvision{{"alpha", 0.9}, {"momentum", 0.9}, {"eps", 0.0316}, {"weight-decay", 1e-5}};

const Published programs[] = {
    {"pengbo_v3_small", "pengbo_v3_small", 155, 1700, sgd(1e-5), pengbo},
    {"pengbo_v3_small_dropout", "pengbo_v3_small", 155, 1700, sgd(1e-5), pengbo},
    {"showlo_v2", "mobilenet_v2", 400, 256, sgd(4e-5), every_epoch},
    {"jungin500_v3_small_adam", "jungin500_v3_small", 203, 128, {"adam"}, jungin500, none, 0, 0.9999},
    {"jungin500_v3_small_rmsprop",
     "jungin500_v3_small",
     200,
     384,
     {"rmsprop", {{"momentum", 0.9}, {"weight-decay", 1e-5}}},
     jungin500,
     none,
     0,
     0.9999},
    {"akrapukhin_v3_small_025", "akrapukhin_v3_small", 20, 128, {"sgd", {{"momentum", 0.9}}}, akrapukhin},
    {"akrapukhin_v3_large_025", "akrapukhin_v3_large", 20, 128, {"sgd", {{"momentum", 0.9}}}, akrapukhin},
    {"mindcv_v3_large", "mindcv_v3_large", 420, 600, sgd(2e-5), mindcv_large, norm, 0.1},
    {"mindcv_v3_small", "mindcv_v3_small", 470, 600, sgd(2e-5), mindcv_small, norm, 0.1},
    {"timm_ra_v3_large",
     "timm_v3_large",
     600,
     1024,
     {"rmsprop_tf", rms_of_timm},
     timm_ra,
     norm_and_bias,
     0.1,
     0.9999,
     "rand-m9-mstd0.5",
     0.2},
    {"timm_ra_v2",
     "mobilenet_v2",
     600,
     1024,
     {"rmsprop_tf", rms_of_timm},
     timm_ra,
     norm_and_bias,
     0.1,
     0.9999,
     "rand-m9-mstd0.5",
     0.2},
    {"timm_lamb_v3_small",
     "timm_v3_small",
     450,
     2048,
     {"lamb", {{"weight-decay", 0.1}}},
     timm_lamb,
     norm_and_bias,
     0.1,
     0.9999,
     "rand-m9-mstd101-inc1-n1"},
    {"timm_lamb_v2_050",
     "mobilenet_v2",
     450,
     2048,
     {"lamb", {{"weight-decay", 7e-6}}},
     timm_lamb,
     norm_and_bias,
     0.1,
     0.9999,
     "rand-m8-mstd101-inc1-n1"},
    {"timm_ra4_v3_large",
     "timm_v3_large",
     3600,
     4096,
     {"adamw", {{"beta1", 0.6}, {"beta2", 0.999}, {"eps", 1e-6}, {"weight-decay", 0.01}}},
     ra4,
     norm_and_bias,
     0.1,
     0.9999,
     "rand-m9-n2-inc1"},
    {"torchvision_v2", "mobilenet_v2", 300, 256, sgd(4e-5), every_epoch},
    {"torchvision_v2_improved", "mobilenet_v2", 600, 1024, sgd(2e-5), torchvision_improved, norm, 0.1,
     0.998907733, "ta_wide", 0.1},
    {"torchvision_v3_large",
     "mobilenet_v3_large",
     600,
     1024,
     {"rmsprop", rms_of_torchvision},
     torchvision_v3,
     none,
     0,
     0,
     "imagenet",
     0.2},
    {"torchvision_v3_small",
     "mobilenet_v3_small",
     600,
     1024,
     {"rmsprop", rms_of_torchvision},
     torchvision_v3,
     none,
     0,
     0,
     "imagenet",
     0.2},
};

TEST(RecipesTest, SayWhatWasPublished) {
    for (const Published& program : programs) {
        SCOPED_TRACE(program.recipe);
        const Resolved resolved({"--recipe", program.recipe});
        const TrainArguments& o = resolved.arguments;
        EXPECT_EQ(resolved.model.model.name(), program.model);
        EXPECT_EQ(o.recipe.epochs, program.epochs);
        EXPECT_EQ(o.recipe.batch_size, program.batch);
        EXPECT_EQ(o.recipe.optimizer.name, program.optimizer.name);
        EXPECT_EQ(o.recipe.optimizer.hyperparameters, program.optimizer.hyperparameters);
        EXPECT_EQ(o.recipe.without_decay, program.spared);
        EXPECT_EQ(o.recipe.label_smoothing, program.smoothing);
        EXPECT_EQ(o.recipe.average ? o.recipe.average->rate.decay : 0, program.ema);
        EXPECT_EQ(o.recipe.augmentation.policy, program.policy);
        EXPECT_EQ(o.recipe.augmentation.erase, program.erasing);
    }
}

TEST(RecipesTest, LearningRatesAreTheirProgramsInEveryEpoch) {
    for (const Published& program : programs) {
        const Resolved resolved({"--recipe", program.recipe});
        const auto epochs = static_cast<double>(program.epochs);
        for (uint64_t half = 0; half < 2 * static_cast<uint64_t>(program.epochs); ++half) {
            const double wanted = program.rate(static_cast<double>(half) / 2);
            ASSERT_NEAR(resolved.arguments.learning_rate.at(half, 2, epochs), wanted, 1e-9 * wanted + 1e-15)
                << program.recipe << ", epoch " << static_cast<double>(half) / 2;
        }
    }
}

TEST(RecipesTest, EveryFileSaysWhatItIsAndWhereItIsFrom) {
    for (const train::RecipeFile& file : train::recipe_files()) {
        EXPECT_THAT(std::string(file.text), StartsWith("# ")) << file.name;
        EXPECT_THAT(std::string(file.text), HasSubstr("\n# Source: ")) << file.name;
        EXPECT_THAT(std::string(file.summary()), testing::ContainsRegex(" % top-1|no accuracy was published"))
            << file.name;
        EXPECT_NO_THROW(Resolved({"--recipe", std::string(file.name)})) << file.name;
    }
}

TEST(RecipesTest, TheCommandLineWinsThenAFileThenTheRecipe) {
    const test::TemporaryFolder folder;
    test::write_content(folder / "c.yaml", "lr: 0.5\nepochs: 7\n");
    const Resolved resolved({"--recipe", "showlo_v2", "-c", folder / "c.yaml", "--lr", "0.25"});
    EXPECT_EQ(resolved.arguments.learning_rate.base, 0.25);
    EXPECT_EQ(resolved.arguments.recipe.epochs, 7);
    EXPECT_EQ(resolved.arguments.recipe.batch_size, 256);
    test::write_content(folder / "r.yaml", "recipe: showlo_v2\n");
    EXPECT_EQ(Resolved({"-c", folder / "r.yaml"}).arguments.recipe.epochs, 400);
}

TEST(RecipesTest, AnotherChoiceBringsItsOwnNumbers) {
    const Resolved other({"--recipe", "timm_ra_v3_large", "--optimizer", "adamw", "--scheduler", "cosine",
                          "--model", "mobilenet_v3_small", "--no-augment", "--ema-decay", "0"});
    const TrainArguments& o = other.arguments;
    EXPECT_EQ(o.learning_rate.base, 0.001);
    EXPECT_TRUE(o.recipe.optimizer.hyperparameters.empty());
    EXPECT_EQ(o.recipe.without_decay, norm_and_bias);
    EXPECT_EQ(o.learning_rate.warmup_rate, 1e-6);
    EXPECT_EQ(other.model.bn_eps, 1e-3);
    EXPECT_EQ(o.recipe.augmentation.policy, "");
    EXPECT_FALSE(o.recipe.average);
}

TEST(RecipesTest, AnotherWarmUpTakesTheirsWithIt) {
    const auto rate_of = [](std::vector<std::string> more) {
        more.insert(more.begin(), {"--recipe", "timm_ra_v3_large"});
        return Resolved(std::move(more)).arguments.learning_rate;
    };
    const train::LearningRate none = rate_of({"--warmup-epochs", "0"});
    EXPECT_EQ(none.at(0, 10, 600), 0.064);
    const train::LearningRate steps = rate_of({"--warmup-steps", "100"});
    EXPECT_EQ(steps.warmup_epochs, 0);
    EXPECT_EQ(steps.warmup_steps, 100);
    EXPECT_EQ(steps.warmup_rate, 1e-6);
    const train::LearningRate factor = rate_of({"--warmup-factor", "0.5"});
    EXPECT_EQ(factor.warmup_epochs, 3);
    EXPECT_EQ(factor.at(0, 10, 600), 0.032);
}

TEST(RecipesTest, NoAugmentIsAnotherWayToSayWhatAFileSays) {
    const test::TemporaryFolder folder;
    test::write_content(folder / "c.yaml", "augment: crop-pad4\n");
    EXPECT_EQ(Resolved({"--config", (folder / "c.yaml").string(), "--no-augment"})
                  .arguments.recipe.augmentation.crop,
              train::Crop::center);
}

TEST(RecipesTest, AnUnknownOneIsAnErrorThatNamesTheNearest) {
    const auto refusal = [](const std::vector<std::string>& options) {
        return message_of<UsageError>([&] { Resolved{options}; });
    };
    EXPECT_THAT(refusal({"--recipe", "torchvision_v3_larg"}),
                HasSubstr("did you mean 'torchvision_v3_large'?"));
    EXPECT_THAT(refusal({"--recipe", "no such thing"}),
                testing::AllOf(HasSubstr("--recipe list names them"), Not(HasSubstr("did you mean"))));
    EXPECT_THAT(refusal({"--recipe", "showlo_v2", "--resume", "runs/a"}),
                HasSubstr("leave one of them away"));
}

TEST(RecipesTest, AreListedWithALineEach) {
    std::string list;
    try {
        Resolved({"--recipe", "list"});
    } catch (const CLI::CallForVersion& call) {
        list = call.what();
    }
    for (const train::RecipeFile& file : train::recipe_files())
        EXPECT_THAT(list,
                    testing::ContainsRegex(fmt::format("{} +{}", file.name, file.summary().substr(0, 9))));
}

}  // namespace
}  // namespace vkm::apps
