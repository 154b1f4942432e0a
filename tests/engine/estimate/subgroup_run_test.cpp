#include <base/error.h>
#include <engine/estimate/subgroup_run.h>
#include <test_shaders/catalog.h>

#include <gtest/gtest.h>

#include <array>
#include <vector>

namespace vkm::engine {
namespace {

SubgroupRun run(const Shader& shader, const std::vector<uint32_t>& constants,
                const std::vector<uint32_t>& push, Storage storage = Storage::f32) {
    return run_subgroup({.spirv = shader.variant(storage, LoadPath::buffer),
                         .constants = constants,
                         .name = shader.name,
                         .push = std::as_bytes(std::span(push)),
                         .groups = {8, 1, 1},
                         .memory_latency = 1000});
}

TEST(SubgroupRunTest, LoadsBeforeABranchAreWaitedForOnce) {
    const SubgroupRun work = run(test_shaders::accumulate, {64}, {1024});
    EXPECT_EQ(work.loads, 2);
    EXPECT_EQ(work.stores, 1);
    EXPECT_EQ(work.waits, 1);
    EXPECT_GT(work.stall, 900);
    EXPECT_LE(work.stall, 1000);
}

TEST(SubgroupRunTest, AnInvocationBeyondTheEndDoesNothing) {
    const SubgroupRun work = run(test_shaders::accumulate, {64}, {1});  // the middle workgroup begins at 256
    EXPECT_EQ(work.loads, 0);
    EXPECT_EQ(work.stores, 0);
}

TEST(SubgroupRunTest, ALoopsTurnsWaitEachUnlessItsLengthIsKnown) {
    constexpr uint32_t turns = 17;
    const SubgroupRun pushed = run(test_shaders::turns, {64, 0}, {1024, turns});
    EXPECT_EQ(pushed.loads, turns);
    EXPECT_EQ(pushed.waits, turns);
    EXPECT_GT(pushed.stall_overlapped, 16000) << "a loop's end stands between loads for every compiler";
    const SubgroupRun unrolled = run(test_shaders::turns, {64, turns}, {1024, turns});
    EXPECT_EQ(unrolled.loads, turns);
    EXPECT_EQ(unrolled.waits, 1);
    EXPECT_LT(unrolled.issue, pushed.issue) << "and costs no counter";
}

TEST(SubgroupRunTest, HalvesAreUnpackedAndPacked) {
    const SubgroupRun half = run(test_shaders::scale, {64}, {1024, 0}, Storage::f16);
    EXPECT_GT(half.issue, run(test_shaders::scale, {64}, {1024, 0}).issue);
}

double issue_of_places(uint32_t divisor, uint32_t offset, bool pushed) {
    return run(test_shaders::places, {64, divisor, offset, pushed}, {1024, 7, offset}).issue;
}

TEST(SubgroupRunTest, ADivisionByWhatIsKnownIsAProductOrAShift) {
    const double pushed = issue_of_places(0, 0, false), by_seven = issue_of_places(7, 0, false),
                 by_eight = issue_of_places(8, 0, false);
    EXPECT_GT(pushed, by_seven + 8);
    EXPECT_GT(by_seven, by_eight);
}

TEST(SubgroupRunTest, AKnownOffsetOfSharedMemoryIsPartOfItsAccess) {
    EXPECT_EQ(issue_of_places(8, 3, false), issue_of_places(8, 5, false));
    EXPECT_GT(issue_of_places(8, 3, true), issue_of_places(8, 3, false)) << "a sum";
}

TEST(SubgroupRunTest, WhatIsNoShaderIsAnError) {
    EXPECT_THROW(run_subgroup({.spirv = {}, .constants = {}, .name = "nothing", .push = {}}), Error);
}

}  // namespace
}  // namespace vkm::engine
