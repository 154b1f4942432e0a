#include <engine/error.h>
#include <graph/place/stage_choice.h>

#include <gtest/gtest.h>
#include <support/bytes.h>

namespace vkm::graph {
namespace {

// Has layers that take these seconds on a usual device, of which each of `slowness` takes so many times as long.
LayerCosts costs(const std::vector<double>& seconds, const std::vector<double>& slowness) {
    LayerCosts costs;
    for (const double factor : slowness) {
        costs.devices.emplace_back();
        for (const double s : seconds)
            costs.devices.back().push_back({s * factor / 3, s * factor * 2 / 3});
    }
    costs.cuts.resize(seconds.size());
    costs.kept_bytes.assign(seconds.size(), 1);
    return costs;
}

using Begins = std::vector<size_t>;

TEST(StageChoiceTest, EqualDevicesGetEqualTimes) {
    EXPECT_EQ(choose_stages(costs({1, 1, 1, 1, 4, 4}, {1, 1, 1}), 4).begins, (Begins{0, 4, 5}));
}

TEST(StageChoiceTest, ASlowDeviceGetsFewLayers) {
    EXPECT_EQ(choose_stages(costs({1, 1, 1, 1, 1, 1, 1, 1}, {3, 1}), 4).begins, (Begins{0, 2}));
    EXPECT_EQ(choose_stages(costs({1, 1, 1, 1, 1, 1, 1, 1}, {1, 3}), 4).begins, (Begins{0, 6}));
}

TEST(StageChoiceTest, LayersAreCutWhereLittleHasToMove) {
    LayerCosts even = costs({1, 1, 1, 1}, {1, 1});
    even.seconds_per_byte = 1;
    even.cuts[1] = even.cuts[3] = {.forward_bytes = 0, .backward_bytes = 1};
    even.cuts[2] = {.forward_bytes = 5, .backward_bytes = 5};
    EXPECT_NE(choose_stages(even, 4).begins, (Begins{0, 2}));
}

// The first of two stages keeps two batches at a time, the second one.
TEST(StageChoiceTest, NoStageKeepsMoreThanItsMemoryHolds) {
    LayerCosts small = costs({1, 1, 1, 1, 1, 1}, {1, 1});
    small.kept_bytes.assign(6, 10);
    small.memory_bytes = {45, 100};
    EXPECT_EQ(choose_stages(small, 4).begins, (Begins{0, 2}));
    EXPECT_EQ(choose_stages(small, 1).begins, (Begins{0, 3})) << "one batch is kept once";
    small.memory_bytes = {45, 35};
    EXPECT_THROW(choose_stages(small, 4), OutOfDeviceMemory);
}

TEST(StageChoiceTest, MoreDevicesThanLayersAreRefused) {
    EXPECT_EQ(test::message_of<Error>([] {
                  choose_stages(costs({1, 1}, {1, 1, 1}), 1);
              }),
              "a network of 2 layers cannot be split over 3 devices: use fewer devices");
}

TEST(StageChoiceTest, StagesTakeWhatTheirLayersTake) {
    LayerCosts some = costs({3, 3, 3}, {1, 2});
    some.seconds_per_byte = 0.5;
    some.cuts[2] = {.forward_bytes = 4, .backward_bytes = 6};
    const std::vector<StageTimes> times = stage_times(some, {{0, 2}});
    EXPECT_DOUBLE_EQ(times[0].forward, 2);
    EXPECT_DOUBLE_EQ(times[1].backward, 4);
    EXPECT_DOUBLE_EQ(times[0].give_forward, 2);
    EXPECT_DOUBLE_EQ(times[1].give_backward, 3);
}

}  // namespace
}  // namespace vkm::graph
