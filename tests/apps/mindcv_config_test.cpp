#include "cli/usage_error.h"
#include "commands/training/mindcv_keys.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <train/optimizers.h>

#include <map>

#include "apps/support/resolved.h"
#include "support/bytes.h"
#include "support/temporary_folder.h"

namespace vkm::apps {
namespace {

using test::message_of;
using test::Resolved;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

using Keys = std::map<std::string, std::string>;
using Arguments = std::vector<std::string>;

/// Writes MindCV's files and reads them as `train -c FILE` does.
class MindcvConfigTest : public testing::Test {
  protected:
    /// Reads a file with these keys besides those that most of MindCV's have.
    Resolved train(Keys keys, Arguments options = {}) const {
        keys.insert({{"mode", "0"},
                     {"distribute", "True"},
                     {"dataset", "'imagenet'"},
                     {"data_dir", folder_.path().string()},
                     {"batch_size", "75"},
                     {"model", "'mobilenet_v3_large_100'"},
                     {"epoch_size", "420"},
                     {"dataset_sink_mode", "True"},
                     {"opt", "'momentum'"},
                     {"lr", "1.08"},
                     {"min_lr", "0.0"},
                     {"warmup_epochs", "4"},
                     {"decay_epochs", "416"}});
        std::string text;
        for (const auto& [key, value] : keys)
            text += key + ": " + value + "\n";
        test::write_content(folder_ / "theirs.yaml", text);
        options.insert(options.begin(), {"-c", folder_ / "theirs.yaml", "--quiet"});
        return Resolved(std::move(options));
    }
    std::string refusal(const Keys& keys, const Arguments& options = {}) const {
        return message_of<UsageError>([&] { train(keys, options); });
    }

    const test::TemporaryFolder folder_;
};

TEST_F(MindcvConfigTest, SaysWhatItSaysThere) {
    const Resolved resolved = train({{"label_smoothing", "0.1"},
                                     {"weight_decay", "0.00002"},
                                     {"weight_decay_filter", "'auto'"},
                                     {"amp_level", "'O3'"},
                                     {"loss_scale", "1024"},
                                     {"keep_checkpoint_max", "30"}});
    const TrainArguments& o = resolved.arguments;
    EXPECT_EQ(resolved.model.model.name(), "mindcv_v3_large");
    EXPECT_EQ(o.data, "imagefolder:" + folder_.path().string());
    EXPECT_EQ(o.recipe.epochs, 420);
    EXPECT_EQ(o.recipe.batch_size, 75);
    EXPECT_EQ(o.recipe.optimizer.name, "sgd");
    EXPECT_EQ(o.recipe.optimizer.hyperparameters.at("weight-decay"), 2e-5);
    EXPECT_EQ(o.recipe.without_decay, train::WithoutDecay::norm);
    EXPECT_EQ(o.recipe.label_smoothing, 0.1);
    EXPECT_EQ(o.common.precision, "amp");
    EXPECT_EQ(o.recipe.loss_scale_exponent, 10);
    EXPECT_EQ(o.keeping.last, 30);
    EXPECT_EQ(o.learning_rate.at(0, 10, 420), 0) << "the warm-up's first step";
    EXPECT_EQ(o.learning_rate.at(20, 10, 420), 0.54);
    EXPECT_EQ(o.learning_rate.at(40, 10, 420), 1.08);
}

TEST_F(MindcvConfigTest, WhatAFileLacksIsAsInMindcv) {
    const Resolved resolved = train({});
    const TrainArguments& o = resolved.arguments;
    EXPECT_THAT(o.recipe.augmentation.jitter, ElementsAre(0.4, 0.4, 0.4, 0));
    EXPECT_EQ(o.recipe.optimizer.hyperparameters.at("weight-decay"), 1e-6);
    EXPECT_EQ(o.common.seed, 42U);
    EXPECT_EQ(o.common.precision, "fp32");
    EXPECT_NEAR(resolved.model.mean[0], 0.485, 1e-9);
    EXPECT_NEAR(resolved.model.std[2], 0.225, 1e-9);
}

TEST_F(MindcvConfigTest, TheBatchIsThatOfADevice) {
    EXPECT_EQ(train({}, {"--device", "0,0,1"}).arguments.recipe.batch_size, 225);
    EXPECT_EQ(train({}, {"--device", "0,0", "--batch-size", "32"}).arguments.recipe.batch_size, 32);
}

TEST_F(MindcvConfigTest, TheCommandLineNamesTheImages) {
    const Keys elsewhere{{"data_dir", "/nowhere/imagenet"}, {"val_split", "'validation'"}};
    EXPECT_EQ(train(elsewhere, {"--data", "synthetic"}).arguments.data, "synthetic");
    for (const char* option : {"--data-dir", "--data_dir"}) {
        const Resolved named = train(elsewhere, {option, "/images"});
        EXPECT_EQ(named.arguments.data, "imagefolder:/images/train");
        EXPECT_EQ(named.arguments.val_data, "imagefolder:/images/validation");
    }
    EXPECT_THAT(refusal(elsewhere),
                HasSubstr("data_dir: /nowhere/imagenet cannot be said here: there is no such folder; "
                          "name the images with --data-dir DIR"));
}

TEST_F(MindcvConfigTest, ARunThatGoesOnStaysWhereItIs) {
    EXPECT_EQ(train({{"ckpt_save_dir", "./ckpt"}}).arguments.out, "./ckpt");
    EXPECT_EQ(train({{"ckpt_save_dir", "./ckpt"}}, {"--resume", "runs/a"}).arguments.out, "");
}

TEST_F(MindcvConfigTest, CifarIsCroppedAtItsOwnSizeAndThenScaled) {
    const Resolved resolved =
        train({{"dataset", "cifar10"}, {"image_resize", "224"}, {"color_jitter", "0.4"}});
    EXPECT_EQ(resolved.arguments.data, "cifar10:" + folder_.path().string());
    EXPECT_EQ(resolved.arguments.recipe.augmentation.crop, train::Crop::pad4);
    EXPECT_THAT(resolved.arguments.recipe.augmentation.jitter, testing::Each(0));
    EXPECT_EQ(resolved.model.input_size, 224);
    EXPECT_EQ(resolved.model.crop_pct, 1);
    EXPECT_EQ(resolved.model.std[0], 0.2023);
}

TEST_F(MindcvConfigTest, EveryScheduleIsMindcvs) {
    const auto rate = [&](const Keys& keys, uint64_t epoch) {
        return train(keys).arguments.learning_rate.at(10 * epoch, 10, 420);
    };
    EXPECT_DOUBLE_EQ(rate({{"scheduler", "step_decay"}, {"decay_epochs", "30"}, {"decay_rate", "0.5"}}, 34),
                     0.54);
    EXPECT_DOUBLE_EQ(rate({{"scheduler", "exponential_decay"}, {"decay_rate", "0.5"}}, 6), 0.27);
    EXPECT_DOUBLE_EQ(rate({{"scheduler", "polynomial_decay"}, {"decay_rate", "2"}}, 212), 1.08 / 4);
    EXPECT_DOUBLE_EQ(rate({{"scheduler", "constant"}}, 419), 1.08);
    const Keys milestones{{"scheduler", "multi_step_decay"},
                          {"multi_step_decay_milestones", "[10, 20]"},
                          {"decay_rate", "0.5"}};
    EXPECT_DOUBLE_EQ(rate(milestones, 13), 1.08);
    EXPECT_DOUBLE_EQ(rate(milestones, 14), 0.54) << "counted from the warm-up's end";
    EXPECT_NEAR(rate({{"scheduler", "one_cycle"}, {"warmup_epochs", "0"}, {"min_lr", "1e-6"}}, 0), 1.08 / 25,
                1e-12);
    EXPECT_DOUBLE_EQ(rate({{"lr_epoch_stair", "True"}}, 2), 0.54);
}

TEST_F(MindcvConfigTest, WordsBecomeOurs) {
    const Resolved resolved = train({{"opt", "rmsprop"},
                                     {"eps", "0.001"},
                                     {"auto_augment", "'randaug-m7-mstd0.5'"},
                                     {"re_prob", "0.25"},
                                     {"re_value", "'random'"},
                                     {"mixup", "0.2"},
                                     {"cutmix_prob", "0.5"},
                                     {"ema", "True"},
                                     {"ema_decay", "0.9995"},
                                     {"clip_grad", "True"},
                                     {"gradient_accumulation_steps", "2"},
                                     {"ckpt_save_policy", "top_k"},
                                     {"val_while_train", "True"},
                                     {"drop_rate", "0.1"}});
    const train::Recipe& recipe = resolved.arguments.recipe;
    EXPECT_EQ(recipe.optimizer.name, "rmsprop_tf");
    EXPECT_EQ(recipe.augmentation.policy, "rand-m7-mstd0.5");
    EXPECT_EQ(recipe.augmentation.erase_mode, train::EraseMode::noise);
    EXPECT_EQ(recipe.loss.mixing.probability, 0.5);
    EXPECT_EQ(recipe.average.value().rate.warmup, graph::ops::AverageWarmup::exponential);
    EXPECT_EQ(recipe.clipping.norm, 15);
    EXPECT_EQ(recipe.accumulation, 2);
    EXPECT_EQ(resolved.arguments.keeping.best, 10);
    EXPECT_EQ(resolved.model.dropout, 0.1);
}

TEST_F(MindcvConfigTest, WhatCannotBeSaidIsAnErrorThatNamesTheKey) {
    for (const auto& [key, value] : Keys{{"layer_decay", "0.75"},
                                         {"num_cycles", "2"},
                                         {"drop_remainder", "False"},
                                         {"resume_opt", "True"},
                                         {"num_samples", "100"},
                                         {"re_ratio", "[0.5, 2]"},
                                         {"opt", "adagrad"},
                                         {"scheduler", "cyclic"},
                                         {"loss", "JSD"},
                                         {"amp_level", "O7"},
                                         {"interpolation", "area"},
                                         {"auto_augment", "augmix"},
                                         {"dataset", "mnist"},
                                         {"pretrained", "True"},
                                         {"weight_decay_filter", "some"}})
        EXPECT_THAT(refusal({{key, value}}), HasSubstr("theirs.yaml: " + key + ": ")) << key;
    EXPECT_THAT(refusal({{"opt", "adagrad"}}, {"--optimizer", "adamw"}), "") << "the command line wins";
    EXPECT_THAT(refusal({{"scheduler", "cyclic"}}, {"--scheduler", "constant"}), "");
    EXPECT_THAT(refusal({{"pretrained", "True"}}, {"--init", "a.ckpt"}), "");
    EXPECT_THAT(refusal({{"num_cycles", "1.0"}, {"re_scale", "[0.02, 0.33]"}}), "") << "what it is anyway";
}

TEST_F(MindcvConfigTest, ContradictionsAreErrors) {
    EXPECT_THAT(refusal({{"use_nesterov", "True"}, {"opt", "adam"}}),
                HasSubstr("use_nesterov: True contradicts opt: adam"));
    EXPECT_THAT(refusal({{"scheduler", "one_cycle"}}), HasSubstr("contradicts warmup_epochs: 4"));
    EXPECT_THAT(refusal({{"ckpt_save_policy", "top_k"}, {"val_while_train", "False"}}),
                HasSubstr("contradicts"));
    EXPECT_THAT(refusal({{"warmup_epochs", "421"}}), HasSubstr("warm"));
}

TEST_F(MindcvConfigTest, UnknownKeysAndWrongValuesAreNamed) {
    EXPECT_THAT(refusal({{"epoch_sizes", "3"}}),
                HasSubstr("'epoch_sizes' is no key of MindCV's (did you mean 'epoch_size'?)"));
    EXPECT_THAT(refusal({{"shuffle", "perhaps"}}), HasSubstr("shuffle: perhaps is neither True nor False"));
    EXPECT_THAT(refusal({{"batch_size", "many"}}), HasSubstr("batch_size: many is not a number"));
    EXPECT_THAT(refusal({{"model", "resnet50"}}), Not(HasSubstr("theirs.yaml")));
}

TEST_F(MindcvConfigTest, AFileOfOursWithAMistakeIsNotTakenForOne) {
    test::write_content(folder_ / "ours.yaml", "batch_size: 4\nlr: 0.1\nepochs: 3\n");
    EXPECT_THAT(message_of<UsageError>([&] {
                    Resolved({"-c", folder_ / "ours.yaml"});
                }),
                HasSubstr("unknown option 'batch_size' (did you mean 'batch-size'?)"));
}

TEST(MindcvKeysTest, EachIsThereOnce) {
    for (const MindcvKey& key : mindcv_keys())
        EXPECT_EQ(find_mindcv_key(key.name), &key) << key.name;
}

}  // namespace
}  // namespace vkm::apps
