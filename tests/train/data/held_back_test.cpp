#include <train/data/dataset_kinds.h>
#include <train/data/held_back.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <optional>
#include <set>

#include "support/bytes.h"

namespace vkm::train {
namespace {

std::vector<int> labels_of(const std::vector<size_t>& images) {
    std::vector<int> labels;
    for (size_t label = 0; label < images.size(); ++label)
        labels.insert(labels.end(), images[label], static_cast<int>(label));
    return labels;
}

std::map<int, size_t> counts(const std::vector<int>& labels, double fraction, uint64_t seed = 0) {
    std::map<int, size_t> result;
    for (const uint32_t sample : held_back_samples(labels, {fraction, seed}))
        ++result[labels[sample]];
    return result;
}

TEST(HeldBackTest, EveryClassGivesItsFraction) {
    EXPECT_EQ(counts(labels_of({10, 100, 40}), 0.2), (std::map<int, size_t>{{0, 2}, {1, 20}, {2, 8}}));
}

TEST(HeldBackTest, ClassesTogetherGiveTheFractionOfAllRounded) {
    for (const double fraction : {0.02, 0.1, 0.25, 0.5, 0.7}) {
        const std::vector<int> labels = labels_of({7, 5, 13, 4, 9});
        const std::vector<uint32_t> held = held_back_samples(labels, {fraction, 3});
        EXPECT_EQ(held.size(), static_cast<size_t>(std::lround(38 * fraction))) << fraction;
        EXPECT_TRUE(std::ranges::is_sorted(held));
        EXPECT_EQ(std::set(held.begin(), held.end()).size(), held.size());
    }
}

TEST(HeldBackTest, EveryClassKeepsAnImageForTraining) {
    EXPECT_EQ(counts(labels_of({1, 1, 2, 3}), 0.9), (std::map<int, size_t>{{2, 1}, {3, 2}}));
}

TEST(HeldBackTest, DependsOnTheSeedAndOnTheClassAlone) {
    const std::vector<int> labels = labels_of({30, 30});
    EXPECT_EQ(held_back_samples(labels, {0.5, 1}), held_back_samples(labels, {0.5, 1}));
    EXPECT_NE(held_back_samples(labels, {0.5, 1}), held_back_samples(labels, {0.5, 2}));
    const std::vector<int> more = labels_of({30, 30, 30});
    std::vector<uint32_t> of_two = held_back_samples(more, {0.5, 1});
    std::erase_if(of_two, [](uint32_t sample) { return sample >= 60; });
    EXPECT_EQ(of_two, held_back_samples(labels, {0.5, 1})) << "another class changes nothing for these";
}

TEST(HeldBackTest, EveryClassGivesAsManyAsAreAskedForOfEach) {
    const std::vector<int> labels = labels_of({2, 2, 2, 1, 40});
    std::map<int, size_t> held;
    for (const uint32_t sample : held_back_samples(labels, {.fraction = 0.2, .of_each = 1}))
        ++held[labels[sample]];
    EXPECT_EQ(held, (std::map<int, size_t>{{0, 1}, {1, 1}, {2, 1}, {4, 8}})) << "one is kept for training";
}

TEST(HeldBackTest, HoldsWholeRecordingsBack) {
    // Two classes of 20: four recordings of 2, 2, 4 and 12 frames, and one of 20 alone.
    const std::vector<int> labels = labels_of({20, 20});
    std::vector<std::optional<int64_t>> recordings(40);
    for (size_t i = 0; i < 20; ++i)
        recordings[i] = i < 2 ? 1 : i < 4 ? 2 : i < 8 ? 3 : 4;
    for (uint64_t seed = 0; seed < 20; ++seed) {
        const std::vector<uint32_t> held = held_back_samples(labels, {0.2, seed}, recordings);
        EXPECT_EQ(held.size(), 8u);
        std::set<int64_t> taught, measured;
        for (uint32_t i = 0; i < 20; ++i)
            (std::ranges::binary_search(held, i) ? measured : taught).insert(*recordings[i]);
        EXPECT_EQ(taught.size() + measured.size(), 4u) << "a recording on both sides, seed " << seed;
    }
    EXPECT_EQ(held_back_samples(labels, {0.2, 3}, std::vector<std::optional<int64_t>>(40)),
              held_back_samples(labels, {0.2, 3}));
}

TEST(HeldBackTest, TakesTheEndOfARecordingWhereNoWholeOneFits) {
    std::vector<std::optional<int64_t>> recordings(30, 7);
    EXPECT_EQ(held_back_samples(labels_of({30}), {0.2, 5}, recordings),
              (std::vector<uint32_t>{24, 25, 26, 27, 28, 29}));
    recordings[4] = recordings[9] = std::nullopt;  // dropped between the frames
    EXPECT_EQ(held_back_samples(labels_of({30}), {0.2, 5}, recordings),
              (std::vector<uint32_t>{4, 9, 26, 27, 28, 29}));
}

TEST(HeldBackTest, ThePartsAreTheWholeAndShareNothing) {
    const auto whole = open_dataset("synthetic:50", Split::train, {});
    const HeldBack parts = hold_back(whole, {0.2, 0});
    EXPECT_EQ(parts.training->size(), 40u);
    EXPECT_EQ(parts.validation->size(), 10u);
    EXPECT_EQ(parts.validation->class_names(), whole->class_names());
    std::set<std::string> names;
    for (const auto& part : {parts.training, parts.validation})
        for (size_t i = 0; i < part->size(); ++i)
            names.insert(part->name(i));
    EXPECT_EQ(names.size(), 50u);
    EXPECT_EQ(parts.fingerprint(), hold_back(whole, {0.2, 0}).fingerprint());
    EXPECT_NE(parts.fingerprint(), hold_back(whole, {0.2, 1}).fingerprint());
}

TEST(HeldBackTest, SaysSoWhereNothingWouldBeHeldBack) {
    EXPECT_THAT(test::message_of<DatasetError>([] {
                    hold_back(open_dataset("synthetic:20", Split::train, {}), {0.01, 0});
                }),
                testing::StartsWith("--val-split 0.01 of 20 images holds none back"));
}

}  // namespace
}  // namespace vkm::train
