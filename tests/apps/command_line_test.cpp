#include "cli/command_line.h"
#include "cli/config_file.h"
#include "cli/help_format.h"
#include "cli/number_checks.h"
#include "cli/usage_error.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/bytes.h"
#include "support/temporary_folder.h"

namespace vkm::apps {
namespace {

using test::message_of;
using testing::ElementsAre;
using testing::HasSubstr;

/// Parses for two commands with an option of every kind, as the program has them.
class CommandLineTest : public testing::Test {
  protected:
    CommandLineTest() {
        app_.require_subcommand(1);
        for (CLI::App* command : {train_, predict_})
            command->add_option("--config", config_);
        train_->add_option("--lr", lr_);
        train_->add_option("--out", out_);
        train_->add_option("--milestones", milestones_);
        train_->add_option("--resume", resume_);
        train_->add_flag("--nesterov", nesterov_);
        predict_->add_option("--labels", labels_);
        predict_->add_option("--topk", topk_);
        predict_->add_option("--seed", seed_);
        predict_->add_option("IMAGE", images_);
    }

    std::string file(const std::string& text, const std::string& name = "c.yaml") const {
        test::write_content(folder_ / name, text);
        return (folder_ / name).string();
    }
    void parse(std::vector<std::string> arguments) { apps::parse(app_, std::move(arguments)); }
    std::string refusal(const std::string& text) {
        return message_of<UsageError>([&] { parse({"train", "--config", file(text)}); });
    }

    const test::TemporaryFolder folder_;
    CLI::App app_;
    CLI::App *train_ = app_.add_subcommand("train"), *predict_ = app_.add_subcommand("predict");
    std::string config_, out_, milestones_, resume_, labels_;
    double lr_ = 1;
    int64_t topk_ = 5;
    uint64_t seed_ = 0;
    bool nesterov_ = false;
    std::vector<std::string> images_;
};

TEST_F(CommandLineTest, WithoutAFileNothingIsAdded) {
    parse({"train", "--lr", "2", "--nesterov"});
    EXPECT_EQ(lr_, 2);
    EXPECT_TRUE(nesterov_);
    EXPECT_TRUE(train_->parsed());
    EXPECT_FALSE(predict_->parsed());
}

TEST_F(CommandLineTest, AFileIsNamedBeforeOrAfterAnEqualsSign) {
    const std::string path = file("lr: 0.5\nnesterov: true\nmilestones: [30, 60]\n");
    for (const std::vector<std::string>& arguments :
         {std::vector<std::string>{"train", "--config", path}, {"train", "--config=" + path}}) {
        lr_ = 1;
        parse(arguments);
        EXPECT_EQ(lr_, 0.5);
        EXPECT_TRUE(nesterov_);
        EXPECT_EQ(milestones_, "30,60");
    }
}

TEST_F(CommandLineTest, TheCommandLineWins) {
    const std::string path = file("lr: 0.5\nnesterov: true\nout: a\n");
    parse({"train", "--lr=2", "--config", path, "--nesterov=false"});
    EXPECT_EQ(lr_, 2);
    EXPECT_FALSE(nesterov_);
    EXPECT_EQ(out_, "a");
}

TEST_F(CommandLineTest, AFlagThatIsFalseIsNotGiven) {
    parse({"train", "--config", file("nesterov: false\n")});
    EXPECT_FALSE(nesterov_);
}

TEST_F(CommandLineTest, ValuesMayLookLikeCommandsAndOptions) {
    const std::string path = file("lr: 0.5\nout: --resume\n");
    parse({"train", "--out", "predict", "--milestones", "train", "--config", path});
    EXPECT_EQ(out_, "predict");
    EXPECT_EQ(milestones_, "train");
    EXPECT_EQ(lr_, 0.5);

    lr_ = 1;
    parse({"train", "--config", path});
    EXPECT_EQ(out_, "--resume");
    EXPECT_TRUE(resume_.empty());

    lr_ = 1;
    parse({"train", "--out", "--config", "--milestones", "--lr"});  // "--config" is where the run goes
    EXPECT_EQ(out_, "--config");
    EXPECT_EQ(milestones_, "--lr");
    EXPECT_EQ(lr_, 1);
}

/// CLI11 reads them as C does: 8, 16, 2^64 - 1 and the largest number there is.
TEST_F(CommandLineTest, WholeNumbersAreWhatStandsThere) {
    for (const auto& [value, why] : {std::pair("010", "write a whole number in digits"),
                                     {"0x10", "write a whole number in digits"},
                                     {"-07", "write a whole number in digits"},
                                     {"99999999999999999999", "too large"}})
        EXPECT_THAT(message_of<UsageError>([&] {
                        parse({"predict", "--topk", value, "a.png"});
                    }),
                    HasSubstr(why));
    for (const auto& [value, why] :
         {std::pair("-1", "is less than 0"), {"18446744073709551616", "too large"}})
        EXPECT_THAT(message_of<UsageError>([&] {
                        parse({"predict", "--seed", value, "a.png"});
                    }),
                    HasSubstr(why));
    parse({"predict", "--topk", "-10", "--seed", "18446744073709551615", "a.png"});
    EXPECT_EQ(topk_, -10);
    EXPECT_EQ(seed_, UINT64_MAX);
    parse({"predict", "--topk", "0", "--seed", "+7", "a.png"});
    EXPECT_EQ(topk_, 0);
    EXPECT_EQ(seed_, 7);
}

TEST_F(CommandLineTest, WhatFollowsTwoDashesAreNoOptions) {
    const std::string path = file("topk: 3\n");
    parse({"predict", "--config", path, "--", "--config", "--topk=9"});
    EXPECT_EQ(topk_, 3);
    EXPECT_THAT(images_, ElementsAre("--config", "--topk=9"));
    topk_ = 5;
    parse({"predict", "--", "a.png", "--config=" + path});
    EXPECT_EQ(topk_, 5);
    EXPECT_THAT(images_, ElementsAre("a.png", "--config=" + path));
}

TEST_F(CommandLineTest, AFileDoesNotFillAnOptionThatLacksItsValue) {
    EXPECT_THROW(parse({"train", "--config", file("lr: 0.5\n"), "--out"}), CLI::ArgumentMismatch);
    EXPECT_THROW(parse({"train", "--config"}), CLI::ArgumentMismatch);
}

TEST_F(CommandLineTest, AFileSaysOptionsOfItsCommandOnly) {
    EXPECT_THAT(refusal("topk: 3\n"), HasSubstr("unknown option 'topk'; see vkmbv3 train --help"));
    EXPECT_THAT(refusal("config: x.yaml\n"), HasSubstr("unknown option 'config'"));
    EXPECT_THAT(refusal("help: true\n"), HasSubstr("unknown option 'help'"));
    EXPECT_THAT(refusal("IMAGE: a.png\n"), HasSubstr("unknown option 'IMAGE'"));
    EXPECT_THAT(refusal("- lr\n"), HasSubstr("not a map"));
    EXPECT_THAT(refusal("lr: {a: 1}\n"), HasSubstr("not a YAML map"));
    EXPECT_THAT(message_of<UsageError>([&] {
                    parse({"train", "--config", "absent.yaml"});
                }),
                HasSubstr("absent.yaml: the file cannot be read"));
}

/// Nothing after an equals sign: CLI11 would take the next argument for it.
TEST_F(CommandLineTest, AValueOfAFileIsNotEmpty) {
    for (const char* text : {"out:\nlr: 3\n", "out: ''\nlr: 3\n", "milestones: []\nlr: 3\n"})
        EXPECT_THAT(refusal(text), HasSubstr("has no value"));
}

TEST_F(CommandLineTest, AnEmptyFileAddsNothing) {
    parse({"train", "--config", file("")});
    EXPECT_EQ(lr_, 1);
}

TEST_F(CommandLineTest, TwiceIsOnceTooOften) {
    EXPECT_EQ(refusal("lr: 1\nlr: 2\n"), "--lr is given 2 times (1, 2): give it once");
}

/// CLI11 would take "--out=" for what is behind it, and "" for a path.
TEST_F(CommandLineTest, AValueOfTheCommandLineIsNotEmpty) {
    for (const std::vector<std::string>& arguments :
         {std::vector<std::string>{"train", "--resume", ""}, {"train", "--resume=", "--nesterov"}})
        EXPECT_THAT(message_of<UsageError>([&] { parse(arguments); }),
                    HasSubstr("--resume has an empty value, as of a variable that is not set"));
    parse({"train", "--out", " "});
    EXPECT_EQ(out_, " ");
}

TEST_F(CommandLineTest, AnArgumentIsNotEmpty) {
    for (const std::vector<std::string>& arguments : {std::vector<std::string>{"predict", ""},
                                                      {"predict", "--topk", "2", "a.png", ""},
                                                      {"predict", "--", ""}})
        EXPECT_EQ(
            message_of<UsageError>([&] { parse(arguments); }),
            "an argument of predict is empty, as of a variable that is not set; see vkmbv3 predict --help");
}

TEST_F(CommandLineTest, ANumberThatIsNoneIsNamedWithWhatItShouldBe) {
    EXPECT_EQ(message_of<UsageError>([&] {
                  parse({"predict", "--topk", "2.5", "a.png"});
              }),
              "--topk 2.5 is not a whole number");
    EXPECT_EQ(message_of<UsageError>([&] { parse({"train", "--lr", "fast"}); }), "--lr fast is not a number");
}

TEST_F(CommandLineTest, ACommandThatIsNoneIsNamedWithTheNearestOne) {
    EXPECT_EQ(message_of<UsageError>([&] { parse({"tarin"}); }),
              "unknown command 'tarin' (did you mean 'train'?); see vkmbv3 --help");
    EXPECT_EQ(message_of<UsageError>([&] { parse({"help"}); }), "unknown command 'help'; see vkmbv3 --help");
}

TEST(NumberChecksTest, SayInWordsWhatANumberMustBe) {
    for (const char* text : {"0", "-1", "nan", "inf", "fast"})
        EXPECT_EQ(positive_number()(text), std::string(text) + " is not a number above 0");
    for (const char* text : {"-0.5", "nan", "1,2"})
        EXPECT_EQ(non_negative_number()(text), std::string(text) + " is not 0 or a number above it");
    for (const char* text : {"1", "1e-30"})
        EXPECT_EQ(positive_number()(text), "");
    EXPECT_EQ(non_negative_number()("0"), "");
}

TEST_F(CommandLineTest, AResumedRunBringsItsOwnFile) {
    file("lr: 0.5\n", "config.yaml");
    const std::string run = folder_ / ".";
    parse({"train", "--resume", run});
    EXPECT_EQ(lr_, 0.5);
    parse({"train", "--resume", run, "--config", file("lr: 0.25\n")});
    EXPECT_EQ(lr_, 0.25);
    lr_ = 1;
    parse({"train", "--resume", folder_ / "absent"});  // the command itself says what is missing
    EXPECT_EQ(lr_, 1);
    EXPECT_THROW(parse({"predict", "--resume", run}), UsageError) << "an option of train alone";
}

TEST_F(CommandLineTest, WhatIsInForceIsWrittenAsSuchAFile) {
    parse({"train", "--lr", "2", "--nesterov", "--out", "x"});
    const std::string text = config_text(*train_, {{"milestones", "30,60"}}, {"out"});
    EXPECT_EQ(text, "lr: 2\nmilestones: 30,60\nnesterov: true\n");
}

TEST(HelpFormatTest, BreaksLinesBetweenWords) {
    EXPECT_EQ(wrapped("one two three", 7), "one two\nthree");
    EXPECT_EQ(wrapped("one two three", 100), "one two three");
    EXPECT_EQ(wrapped("unbreakable as it is", 3), "unbreakable\nas\nit\nis");
    EXPECT_EQ(wrapped("", 10), "");
}

}  // namespace
}  // namespace vkm::apps
