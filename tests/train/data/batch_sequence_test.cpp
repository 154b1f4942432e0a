#include <train/data/batch_sequence.h>
#include <train/data/synthetic.h>

#include <gtest/gtest.h>

#include <algorithm>

namespace vkm::train {
namespace {

LoaderOptions options_of(LoaderMode mode) {
    LoaderOptions options;
    options.mode = mode;
    options.batch_size = 4;
    options.shuffle = false;
    options.workers = 1;
    return resolved(options);
}

const Synthetic ten_images(10, Split::train, 8, 0);

TEST(BatchSequenceTest, TrainingGoesOnFromItsStartOverEpochsOfFullBatches) {
    LoaderOptions options = options_of(LoaderMode::training);
    options.epoch = 3;
    options.batch = 1;
    options.end_epoch = 5;
    BatchSequence sequence(ten_images, options);
    EXPECT_EQ(sequence.per_epoch(), 2);
    EXPECT_EQ(sequence.left(), 3);
    const BatchPlan last = sequence.next(), first = sequence.next();
    EXPECT_EQ(last.epoch, 3);
    EXPECT_EQ(last.number, 1);
    EXPECT_EQ(last.sample(0), 4u);
    EXPECT_EQ(first.epoch, 4);
    EXPECT_EQ(first.number, 0);
    EXPECT_EQ(first.sample(3), 3u);
    EXPECT_EQ(first.sample(3, 9), 2u) << "the order goes round";
    EXPECT_NE(last.order, first.order);
    EXPECT_EQ(sequence.left(), 1);
}

TEST(BatchSequenceTest, RepeatedImagesComeOneBehindTheOtherInAnEpochAsLongAsBefore) {
    LoaderOptions options = options_of(LoaderMode::training);
    options.augmentation.repeats = 3;
    BatchSequence sequence(ten_images, options);
    EXPECT_EQ(sequence.per_epoch(), 2);
    std::vector<uint32_t> samples;
    std::vector<int64_t> repeats;
    for (int batch = 0; batch < 2; ++batch) {
        const BatchPlan plan = sequence.next();
        for (int row = 0; row < plan.rows; ++row) {
            samples.push_back(plan.sample(row));
            repeats.push_back(plan.repeat(row));
        }
    }
    EXPECT_EQ(samples, (std::vector<uint32_t>{0, 0, 0, 1, 1, 1, 2, 2}));
    EXPECT_EQ(repeats, (std::vector<int64_t>{0, 1, 2, 0, 1, 2, 0, 1}));
}

/// Gives images that lie in the reverse of their order.
class Reversed : public Synthetic {
  public:
    Reversed() : Synthetic(10, Split::train, 8, 0) {}
    std::vector<uint32_t> reading_order() const override { return {9, 8, 7, 6, 5, 4, 3, 2, 1, 0}; }
};

TEST(BatchSequenceTest, WhatLiesInAnOrderIsAskedForOnceAWindowAhead) {
    for (const int64_t repeats : {1, 3}) {
        LoaderOptions options = options_of(LoaderMode::training);
        options.shuffle = true;
        options.shuffle_window = 3;
        options.batch_size = options.row_count = 5;
        options.augmentation.repeats = repeats;
        const Reversed images;
        BatchSequence sequence(images, options);
        std::vector<uint32_t> visited, asked;
        for (int batch = 0; batch < 2; ++batch) {
            const BatchPlan plan = sequence.next();
            for (int row = 0; row < plan.rows; ++row) {
                const auto coming = plan.coming(row);
                asked.insert(asked.end(), coming.begin(), coming.end());
                visited.push_back(plan.sample(row));
                EXPECT_NE(std::find(asked.begin(), asked.end(), visited.back()), asked.end());
            }
        }
        // All of the first window and one more, then one with each image.
        const std::vector<uint32_t> lying =
            windowed_epoch_order(images.reading_order(), 3, options.seed, 0).lying;
        const size_t expected = std::min<size_t>(10, 4 + 9 / static_cast<size_t>(repeats));
        EXPECT_EQ(asked,
                  std::vector<uint32_t>(lying.begin(), lying.begin() + static_cast<ptrdiff_t>(expected)));
    }
}

TEST(BatchSequenceTest, EvaluationAndTrainingInOrderAskForNothing) {
    const Reversed images;
    for (const LoaderMode mode : {LoaderMode::training, LoaderMode::evaluation}) {
        BatchSequence sequence(images, options_of(mode));
        const BatchPlan plan = sequence.next();
        EXPECT_EQ(plan.sample(1), 1u);
        EXPECT_TRUE(plan.coming(0).empty());
    }
}

TEST(BatchSequenceTest, EvaluationEndsWithWhatIsLeft) {
    BatchSequence sequence(ten_images, options_of(LoaderMode::evaluation));
    EXPECT_EQ(sequence.left(), 3);
    EXPECT_EQ(sequence.next().rows, 4);
    EXPECT_EQ(sequence.next().rows, 4);
    EXPECT_EQ(sequence.next().rows, 2);
    EXPECT_EQ(sequence.left(), 0);
}

}  // namespace
}  // namespace vkm::train
