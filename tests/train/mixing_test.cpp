#include <train/beta.h>
#include <train/loss_inputs.h>
#include <train/mixing.h>
#include <train/shares.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <support/bytes.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <numbers>
#include <set>

namespace vkm::train {
namespace {

using graph::ops::SampleTerms;
using test::message_of;
using testing::HasSubstr;

/// Returns the largest distance between the distribution of draws and the one they are to have.
double distance(double alpha, const std::function<double(double)>& distribution) {
    constexpr size_t draws = 20000;
    Random random(RandomStream::mixing, {static_cast<uint64_t>(alpha * 1000)});
    std::vector<double> values(draws);
    for (double& v : values)
        v = draw_beta(random, alpha);
    std::ranges::sort(values);
    double most = 0;
    for (size_t i = 0; i < draws; ++i)
        most = std::max(most, std::abs(distribution(values[i]) - (static_cast<double>(i) + 0.5) / draws));
    return most;
}

// Of Kolmogorov and Smirnov: one set of draws in a thousand is farther away than 1.95 / sqrt(draws).
TEST(BetaTest, IsDistributedAsItsNameSays) {
    constexpr double limit = 0.0138;
    EXPECT_LT(distance(0.5, [](double x) { return 2 / std::numbers::pi * std::asin(std::sqrt(x)); }), limit);
    EXPECT_LT(distance(1, [](double x) { return x; }), limit);
    EXPECT_LT(distance(2, [](double x) { return x * x * (3 - 2 * x); }), limit);
    EXPECT_LT(distance(3, [](double x) { return x * x * x * (10 - 15 * x + 6 * x * x); }), limit);
}

TEST(BetaTest, IsANumberHoweverSmallAlphaIs) {
    Random random(RandomStream::mixing, {1});
    for (const double alpha : {1e-3, 1e-2, 0.1, 50.0, 1e4})
        for (int i = 0; i < 200; ++i) {
            const double x = draw_beta(random, alpha);
            EXPECT_TRUE(x >= 0 && x <= 1) << alpha;
        }
}

SampleTerms terms_at(const Mixing& mixing, int64_t place, int64_t step = 3, int64_t epoch = 0) {
    return mixed_terms(mixing, {.seed = 7, .step = step, .epoch = epoch, .place = place}, 20, 30);
}

double box_area(const SampleTerms& t) {
    return double{t.bottom - t.top} * double{t.right - t.left};
}

TEST(MixingTest, NothingIsMixedWithoutAlphasOrBehindItsLastEpoch) {
    for (const auto& [mixing, epoch] : {std::pair(Mixing{}, 0),
                                        {Mixing{.mixup_alpha = 1, .off_epoch = 4}, 4},
                                        {Mixing{.mixup_alpha = 1, .probability = 0}, 0}}) {
        const SampleTerms terms = terms_at(mixing, 5, 3, epoch);
        EXPECT_EQ(terms.own_pixels, 1);
        EXPECT_EQ(terms.own_target, 1);
        EXPECT_EQ(box_area(terms), 0);
    }
    EXPECT_LT(terms_at({.mixup_alpha = 1, .off_epoch = 4}, 5, 3, 3).own_pixels, 1);
}

TEST(MixingTest, MixupGivesPixelsAndLabelsOneShare) {
    for (int64_t step = 0; step < 50; ++step) {
        const SampleTerms terms = terms_at({.mixup_alpha = 0.4}, 0, step);
        EXPECT_EQ(terms.own_pixels, terms.own_target);
        EXPECT_EQ(box_area(terms), 0);
    }
}

TEST(MixingTest, ALabelsShareInCutMixIsWhatTheBoxLeaves) {
    bool cut = false;
    for (int64_t step = 0; step < 50; ++step) {
        const SampleTerms terms = terms_at({.cutmix_alpha = 1}, 0, step);
        EXPECT_EQ(terms.own_pixels, 1);
        EXPECT_TRUE(terms.top >= 0 && terms.bottom <= 20 && terms.left >= 0 && terms.right <= 30);
        EXPECT_NEAR(terms.own_target, 1 - box_area(terms) / 600, 1e-6);
        cut = cut || box_area(terms) > 0;
    }
    EXPECT_TRUE(cut);
}

TEST(MixingTest, KindsAndDrawsComeAsOftenAsTheyShould) {
    const Mixing mixing{.mixup_alpha = 1, .cutmix_alpha = 1, .probability = 0.8, .switch_probability = 0.25};
    int mixup = 0, cutmix = 0;
    constexpr int steps = 4000;
    for (int step = 0; step < steps; ++step) {
        const SampleTerms terms = terms_at(mixing, 0, step);
        mixup += terms.own_pixels < 1;
        cutmix += terms.own_pixels == 1 && terms.own_target < 1;
    }
    EXPECT_NEAR(mixup / double{steps}, 0.6, 0.03);
    EXPECT_NEAR(cutmix / double{steps}, 0.2, 0.03);
}

TEST(MixingTest, TheModeSaysWhoSharesADraw) {
    const auto shares = [](Mixing::Mode mode) {
        std::vector<float> list;
        for (int64_t place = 0; place < 8; ++place)
            list.push_back(terms_at({.mixup_alpha = 1, .mode = mode}, place).own_pixels);
        return list;
    };
    const auto kinds = [](const std::vector<float>& list) {
        return std::set(list.begin(), list.end()).size();
    };
    EXPECT_EQ(kinds(shares(Mixing::Mode::batch)), 1);
    const std::vector<float> pairs = shares(Mixing::Mode::pair);
    EXPECT_EQ(kinds(pairs), 4);
    for (size_t i = 0; i < 8; i += 2)
        EXPECT_EQ(pairs[i], pairs[i + 1]);
    EXPECT_EQ(kinds(shares(Mixing::Mode::element)), 8);
}

TEST(MixingTest, RefusesImpossibleNumbersByOption) {
    const auto refusal = [](const Mixing& mixing) {
        return message_of<MixingError>([&] { mixing.validate(); });
    };
    EXPECT_THAT(refusal({.mixup_alpha = -1}), HasSubstr("--mixup is"));
    EXPECT_THAT(refusal({.cutmix_alpha = NAN}), HasSubstr("--cutmix is"));
    EXPECT_THAT(refusal({.probability = 1.5}), HasSubstr("--mixup-prob"));
    EXPECT_THAT(refusal({.switch_probability = -0.5}), HasSubstr("--mixup-switch-prob"));
    EXPECT_THAT(refusal({.off_epoch = -1}), HasSubstr("--mixup-off-epoch"));
}

Batch labelled(std::vector<int32_t> labels) {
    Batch batch;
    batch.height = batch.width = 8;
    batch.labels = std::move(labels);
    return batch;
}

TEST(LossInputsTest, AShareHasTheTermsOfTheWholeBatch) {
    const LossInputs inputs{.loss = {.mixing = {.cutmix_alpha = 1, .mode = Mixing::Mode::element}},
                            .global_batch = 6};
    const Batch batch = labelled({0, 1, 2, 0, 1, 2});
    std::vector<SampleTerms> whole(6), part(2);
    inputs.write(whole, 0, batch, {.step = 9, .seed_low = 4});
    inputs.write(part, 4, batch, {.step = 9, .seed_low = 4});
    for (size_t i = 0; i < 2; ++i)
        EXPECT_EQ(part[i].own_target, whole[4 + i].own_target);
}

TEST(LossInputsTest, TheBatchesOfOneStepAreMixedEachInItsOwnWay) {
    const LossInputs inputs{.loss = {.mixing = {.mixup_alpha = 1}}, .global_batch = 2};
    const Batch batch = labelled({0, 1});
    std::vector<SampleTerms> first(2), second(2);
    inputs.write(first, 0, batch, {.step = 9, .first_sample = 0});
    inputs.write(second, 0, batch, {.step = 9, .first_sample = 2});
    EXPECT_NE(first[0].own_pixels, second[0].own_pixels);
}

TEST(LossInputsTest, TheMeanOverLabelsIsWeighted) {
    const LossInputs inputs{.loss = {.class_weights = {1, 3, 0.5f}}, .global_batch = 4};
    std::vector<SampleTerms> terms(4);
    inputs.write(terms, 0, labelled({0, 1, 1, 2}), {});
    for (const SampleTerms& term : terms)
        EXPECT_FLOAT_EQ(term.weight, 4 / 7.5f);
    LossInputs mixed = inputs;
    mixed.loss.mixing.mixup_alpha = 1;
    mixed.write(terms, 0, labelled({0, 1, 1, 2}), {});
    EXPECT_EQ(terms[0].weight, 1);
}

TEST(LossInputsTest, TheMeanOfBinaryCrossEntropyIsThePlainOne) {
    const LossInputs inputs{.loss = {.bce = true, .class_weights = {1, 3, 0.5f}}, .global_batch = 4};
    EXPECT_FALSE(inputs.has_terms()) << "they would all be 1";
    std::vector<SampleTerms> terms(4);
    inputs.write(terms, 0, labelled({0, 1, 1, 2}), {});
    EXPECT_EQ(terms[0].weight, 1)
        << "BCEWithLogitsLoss and timm divide by the images, not by their labels' weights";
}

TEST(SharesTest, OddSharesCannotBeMixed) {
    require_pairs(split_batch(8, 2));
    EXPECT_THAT(message_of<Error>([] { require_pairs(split_batch(10, 2)); }),
                AllOf(HasSubstr("a batch of 10"), HasSubstr("--batch-size 8")));
    EXPECT_THAT(message_of<Error>([] { require_pairs(split_batch(3, 3)); }), HasSubstr("--batch-size 6"));
}

}  // namespace
}  // namespace vkm::train
