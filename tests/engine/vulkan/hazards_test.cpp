#include <engine/vulkan/hazards.h>
#include <gtest/gtest.h>

#include <array>

namespace vkm::engine {
namespace {

constexpr uint64_t a = 1, b = 2;

ByteRange read(uint64_t buffer, uint64_t begin, uint64_t end) {
    return {buffer, begin, end, true, false};
}
ByteRange write(uint64_t buffer, uint64_t begin, uint64_t end) {
    return {buffer, begin, end, false, true};
}
ByteRange update(uint64_t buffer, uint64_t begin, uint64_t end) {
    return {buffer, begin, end, true, true};
}

template <typename... Ranges>
bool command(HazardTracker& tracker, Ranges... ranges) {
    const std::array<ByteRange, sizeof...(Ranges)> all{ranges...};
    return tracker.needs_barrier(all);
}

TEST(HazardTrackerTest, FirstCommandNeedsNoBarrier) {
    HazardTracker tracker;
    EXPECT_FALSE(command(tracker, read(a, 0, 10), write(a, 10, 20)));
}

TEST(HazardTrackerTest, ReadAfterWriteNeedsOne) {
    HazardTracker tracker;
    command(tracker, write(a, 0, 10));
    EXPECT_TRUE(command(tracker, read(a, 9, 20)));
}

TEST(HazardTrackerTest, WriteAfterReadNeedsOne) {
    HazardTracker tracker;
    command(tracker, read(a, 0, 10), write(b, 0, 10));
    EXPECT_TRUE(command(tracker, write(a, 5, 6)));
}

TEST(HazardTrackerTest, WriteAfterWriteNeedsOne) {
    HazardTracker tracker;
    command(tracker, write(a, 0, 10));
    EXPECT_TRUE(command(tracker, write(a, 0, 10)));
}

TEST(HazardTrackerTest, ReadAfterReadNeedsNone) {
    HazardTracker tracker;
    command(tracker, read(a, 0, 10));
    EXPECT_FALSE(command(tracker, read(a, 0, 10)));
}

TEST(HazardTrackerTest, NeighboursAndOtherBuffersNeedNone) {
    HazardTracker tracker;
    command(tracker, write(a, 10, 20));
    EXPECT_FALSE(command(tracker, write(a, 20, 30), read(a, 0, 10)));
    EXPECT_FALSE(command(tracker, update(b, 10, 20)));
}

TEST(HazardTrackerTest, EmptyRangesNeedNone) {
    HazardTracker tracker;
    command(tracker, write(a, 10, 20));
    EXPECT_FALSE(command(tracker, update(a, 15, 15)));
}

TEST(HazardTrackerTest, BarrierOrdersEverythingBefore) {
    HazardTracker tracker;
    command(tracker, write(a, 0, 10));
    command(tracker, write(b, 0, 10));
    EXPECT_TRUE(command(tracker, read(a, 0, 10), write(a, 20, 30)));
    EXPECT_FALSE(command(tracker, read(b, 0, 10)));
    // … but not the command behind it.
    EXPECT_TRUE(command(tracker, read(a, 25, 26)));
}

TEST(HazardTrackerTest, UpdatesInPlaceConflictBothWays) {
    HazardTracker tracker;
    command(tracker, update(a, 0, 10));
    EXPECT_TRUE(command(tracker, update(a, 0, 10)));
    EXPECT_TRUE(command(tracker, read(a, 3, 4)));
}

TEST(HazardTrackerTest, ReadRememberedAsWrittenIsStillARead) {
    HazardTracker tracker;
    command(tracker, read(a, 0, 10));
    command(tracker, read(a, 2, 8));  // inside what is remembered
    EXPECT_TRUE(command(tracker, write(a, 4, 5)));
    EXPECT_TRUE(command(tracker, write(a, 4, 5)));
}

TEST(HazardTrackerTest, ACommandDoesNotConflictWithItself) {
    HazardTracker tracker;
    EXPECT_FALSE(command(tracker, read(a, 0, 10), write(a, 0, 10)));
}

TEST(HazardTrackerTest, ClearForgets) {
    HazardTracker tracker;
    command(tracker, write(a, 0, 10));
    tracker.clear();
    EXPECT_FALSE(command(tracker, read(a, 0, 10)));
}

/// Every pair of conflicting commands must have a barrier between them, and no barrier may be superfluous.
/// Checked by brute force over pseudo-random commands.
TEST(HazardTrackerTest, PlacesExactlyTheGreedyBarriers) {
    uint32_t state = 1;
    const auto random = [&](uint32_t below) {
        return (state = state * 1664525u + 1013904223u) / 65536u % below;
    };
    for (int round = 0; round < 200; ++round) {
        HazardTracker tracker;
        std::vector<ByteRange> since;  // accesses since the last barrier
        for (int n = 0; n < 30; ++n) {
            std::vector<ByteRange> ranges;
            for (uint32_t i = 0; i <= random(3); ++i) {
                const uint64_t begin = random(40), kind = random(3);
                ranges.push_back({random(2), begin, begin + 1 + random(6), kind != 1, kind != 0});
            }
            bool expected = false;
            for (const ByteRange& later : ranges)
                for (const ByteRange& earlier : since)
                    for (uint64_t byte = later.begin; byte < later.end; ++byte)
                        expected |= earlier.buffer == later.buffer && byte >= earlier.begin &&
                                    byte < earlier.end && (earlier.writes || later.writes);
            if (expected) since.clear();
            since.insert(since.end(), ranges.begin(), ranges.end());
            ASSERT_EQ(tracker.needs_barrier(ranges), expected);
        }
    }
}

}  // namespace
}  // namespace vkm::engine
