#include "cli/given_options.h"
#include "cli/usage_error.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/bytes.h"

namespace vkm::apps {
namespace {

using test::message_of;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class GivenOptionsTest : public testing::Test {
  protected:
    GivenOptionsTest() {
        command_.add_option("-c,--config", text_);
        command_.add_option("--optimizer,--opt", text_)->default_str("sgd");
        command_.add_option("--lr", number_);
        command_.add_option("--ema-decay", number_);
        command_.add_option("--best-by", text_);
        command_.add_flag("--nesterov", flag_);
    }

    CLI::App command_{"", "train"};
    std::string text_;
    double number_ = 0;
    bool flag_ = false;
    const std::vector<Choice> choices_{{.option = "optimizer", .others = {"lr", "nesterov"}},
                                       {.option = "ema-decay", .off = "0", .others = {"best-by"}}};
};

TEST_F(GivenOptionsTest, OptionsAreKnownByTheirFirstLongName) {
    const GivenOptions given({"--opt", "adam", "-c", "a.yaml", "--nesterov", "--lr=2", "IMAGE"}, command_);
    EXPECT_EQ(given.value("optimizer"), "adam");
    EXPECT_EQ(given.value("config"), "a.yaml");
    EXPECT_EQ(given.value("lr"), "2");
    EXPECT_TRUE(given.has("nesterov"));
    EXPECT_EQ(given.value("nesterov"), std::nullopt);
    EXPECT_FALSE(given.has("opt"));
    EXPECT_EQ(GivenOptions({"-ca.yaml"}, command_).value("config"), "a.yaml");
    EXPECT_FALSE(GivenOptions({"--", "--lr", "2"}, command_).has("lr"));
}

TEST_F(GivenOptionsTest, WhatWasThereFirstWins) {
    GivenOptions given({"--lr", "2"}, command_);
    EXPECT_THAT(given.add({{"lr", "3"}, {"opt", "adam"}}, "a file"), IsEmpty());
    given.add({{"optimizer", "lion"}, {"best-by", "loss"}}, "a recipe");
    EXPECT_THAT(given.arguments(), ElementsAre("--best-by=loss", "--opt=adam", "--lr", "2"));
}

TEST_F(GivenOptionsTest, AnotherChoiceLeavesOutWhatHangsOnIt) {
    const OptionValues recipe{{"optimizer", "adam"}, {"lr", "3"}, {"ema-decay", "0.9"}, {"best-by", "loss"}};
    GivenOptions given({"--opt", "lion"}, command_);
    EXPECT_THAT(given.add(recipe, "a recipe", choices_), ElementsAre("lr"));
    EXPECT_THAT(given.arguments(), ElementsAre("--ema-decay=0.9", "--best-by=loss", "--opt", "lion"));

    GivenOptions alike({"--opt", "adam", "--ema-decay=0"}, command_);
    EXPECT_THAT(alike.add(recipe, "a recipe", choices_), ElementsAre("best-by"))
        << "the same choice, and one that is off";
    EXPECT_EQ(alike.value("lr"), "3");

    GivenOptions shorter({"--ema-decay=0.99"}, command_);
    EXPECT_THAT(shorter.add(recipe, "a recipe", choices_), IsEmpty()) << "on all the same";
}

TEST_F(GivenOptionsTest, AChoiceThatTheSourceLeavesToTheDefaultIsOneToo) {
    const OptionValues recipe{{"nesterov", "true"}};
    GivenOptions default_choice({"--opt", "sgd"}, command_), another({"--opt", "adam"}, command_);
    EXPECT_THAT(default_choice.add(recipe, "a recipe", choices_), IsEmpty());
    EXPECT_THAT(another.add(recipe, "a recipe", choices_), ElementsAre("nesterov"));
}

TEST_F(GivenOptionsTest, UnknownOptionsAndEmptyValuesAreErrorsThatNameTheSource) {
    const auto refusal = [&](const OptionValues& values) {
        return message_of<UsageError>([&] { GivenOptions({}, command_).add(values, "c.yaml"); });
    };
    EXPECT_THAT(refusal({{"lrr", "1"}}), HasSubstr("c.yaml: unknown option 'lrr' (did you mean 'lr'?)"));
    EXPECT_THAT(refusal({{"config", "x"}}), HasSubstr("c.yaml: unknown option 'config'"));
    EXPECT_THAT(refusal({{"lr", ""}}), HasSubstr("c.yaml: 'lr' has no value"));
}

}  // namespace
}  // namespace vkm::apps
