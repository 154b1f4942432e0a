#include <train/keeping.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <support/bytes.h>
#include <support/temporary_folder.h>

#include <set>

namespace vkm::train {
namespace {

using testing::ElementsAre;

class KeepingTest : public testing::Test {
  protected:
    const test::TemporaryFolder folder_;
    Standing standing_;

    /// Takes validations of these scores, at steps 10, 20, …; every weights file holds its step.
    std::vector<bool> take(const Keeping& keeping, const std::vector<double>& top1) {
        std::vector<bool> best;
        for (const double score : top1) {
            step_ += 10;
            Evaluation evaluation{.loss = 5 - score, .top1 = score};
            evaluation.ema = Scores{.loss = score, .top1 = 1 - score};
            best.push_back(rate_validation(standing_, keeping, evaluation, step_));
            keep_validated(
                standing_, keeping, best.back(), evaluation, step_, folder_.path(),
                [&](const std::filesystem::path& file) { test::write_content(file, std::to_string(step_)); });
        }
        return best;
    }
    std::set<std::string> files(const std::string& sub) const {
        std::set<std::string> names;
        for (const auto& entry : std::filesystem::directory_iterator(folder_ / sub))
            names.insert(entry.path().filename().string());
        return names;
    }
    std::string best() const { return test::file_content(folder_ / "best.safetensors"); }

  private:
    int64_t step_ = 0;
};

TEST_F(KeepingTest, OnlyABetterValidationIsTheBest) {
    EXPECT_THAT(take({}, {0.5, 0.4, 0.5, 0.6}), ElementsAre(true, false, false, true));
    EXPECT_EQ(best(), "40");
    EXPECT_EQ(standing_.since_best, 0);
    take({}, {0.6, 0.1});
    EXPECT_EQ(standing_.since_best, 2);
    EXPECT_EQ(standing_.step, 40);
}

TEST_F(KeepingTest, WhatIsBestMayBeAnotherNumber) {
    EXPECT_THAT(take({.best_by = BestBy::loss}, {0.5, 0.4, 0.6}), ElementsAre(true, false, true));
    EXPECT_THAT(take({.best_by = BestBy::ema_top1}, {0.5, 0.4, 0.6}), ElementsAre(true, true, false));
    EXPECT_THAT(take({.best_by = BestBy::ema_loss}, {0.5, 0.4, 0.6}), ElementsAre(true, true, false));
}

TEST_F(KeepingTest, TheAveragesNumbersNeedAnAverage) {
    EXPECT_THROW(rate_validation(standing_, {.best_by = BestBy::ema_top1}, {}, 1), Error);
}

TEST_F(KeepingTest, TheBestFewAreKept) {
    take({.best = 2}, {0.5, 0.4, 0.45, 0.1, 0.6});
    EXPECT_THAT(files("best"), ElementsAre("step-000010.safetensors", "step-000050.safetensors"));
    EXPECT_EQ(best(), "50");
    EXPECT_EQ(standing_.kept.front().file, "step-000050.safetensors");
    EXPECT_EQ(standing_.kept.size(), 2);
}

TEST_F(KeepingTest, TheLastEpochsAreKept) {
    const auto keep = [&](int64_t epoch, std::string_view suffix) {
        keep_epoch({.every_epoch = true, .last = 2}, epoch, suffix, folder_.path(),
                   [](const std::filesystem::path& file) { test::write_content(file, "w"); });
    };
    for (const int64_t epoch : {1, 2, 3, 9, 10})
        for (const char* suffix : {"", "-ema"})
            keep(epoch, suffix);
    EXPECT_THAT(files("epochs"), ElementsAre("epoch-0009-ema.safetensors", "epoch-0009.safetensors",
                                             "epoch-0010-ema.safetensors", "epoch-0010.safetensors"));
}

TEST_F(KeepingTest, NamesRoundTrip) {
    for (const std::string_view name : best_by_names())
        EXPECT_EQ(best_by_name(parse_best_by(name)), name);
    EXPECT_THAT(test::message_of<Error>([] { parse_best_by("accuracy"); }), testing::HasSubstr("ema-top1"));
}

}  // namespace
}  // namespace vkm::train
