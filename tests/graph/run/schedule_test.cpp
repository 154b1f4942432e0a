#include <graph/run/schedule.h>

#include <gtest/gtest.h>

namespace vkm::graph {
namespace {

using Kind = Action::Kind;

Command touch(int32_t buffer) {
    return {0, "touch", FillCommand{{buffer, 0, 16}}};
}
Command reduce(int32_t buffer) {
    return {0, "reduce", ReduceCommand{{buffer, 0, 16}, Reduction::sum}};
}

Program program(std::vector<Command> commands) {
    Program result;
    result.commands = std::move(commands);
    return result;
}

TEST(ScheduleTest, WithoutReductionsAStepIsOneSubmit) {
    const Schedule s = schedule(program({touch(0), touch(1)}));
    EXPECT_EQ(s.actions, (std::vector<Action>{{Kind::submit, 0}}));
}

TEST(ScheduleTest, AGradientIsReducedWhileBackwardGoesOn) {
    // gradient 0, reduced; gradient 1; the optimizer touches 0
    const Schedule s = schedule(program({touch(0), reduce(0), touch(1), touch(0)}));
    ASSERT_EQ(s.segments.size(), 3u);
    EXPECT_EQ(s.actions, (std::vector<Action>{{Kind::submit, 0},
                                              {Kind::submit, 1},  // before anything waits
                                              {Kind::await, 0},
                                              {Kind::contribute, 0},
                                              {Kind::collect, 0},
                                              {Kind::submit, 2}}));
    EXPECT_EQ(s.segments[0].stores, std::vector<size_t>{0});
    EXPECT_EQ(s.segments[2].loads, std::vector<size_t>{0});
}

TEST(ScheduleTest, AStatisticNeededAtOnceIsWaitedFor) {
    const Schedule s = schedule(program({touch(0), reduce(0), touch(0)}));
    EXPECT_EQ(s.actions, (std::vector<Action>{{Kind::submit, 0},
                                              {Kind::await, 0},
                                              {Kind::contribute, 0},
                                              {Kind::collect, 0},
                                              {Kind::submit, 1}}));
}

TEST(ScheduleTest, ReductionsSideBySideShareTheSegmentBeforeThem) {
    const Schedule s = schedule(program({touch(0), touch(1), reduce(0), reduce(1), touch(0), touch(1)}));
    EXPECT_EQ(s.segments[0].stores, (std::vector<size_t>{0, 1}));
    EXPECT_EQ(s.reductions.size(), 2u);
}

TEST(ScheduleTest, EveryCommandIsInExactlyOneSegmentInOrder) {
    const Schedule s = schedule(program({touch(0), reduce(0), touch(1), reduce(1), touch(2), reduce(2),
                                         touch(1), touch(0), touch(2), touch(3)}));
    size_t at = 0;
    for (const Segment& segment : s.segments) {
        EXPECT_LE(at, segment.first);
        EXPECT_LE(segment.first, segment.last);
        at = segment.last;
    }
    EXPECT_EQ(at, 10u);
    size_t submits = 0;
    for (const Action& action : s.actions)
        submits += action.kind == Kind::submit;
    EXPECT_EQ(submits, s.segments.size());
}

TEST(ScheduleTest, ReductionsAreContributedInTheirOrder) {
    const Schedule s = schedule(program({touch(0), touch(1), reduce(0), reduce(1), touch(2), reduce(2),
                                         touch(1), touch(3), reduce(3), touch(0), touch(3), touch(2)}));
    std::vector<size_t> contributed;
    for (const Action& action : s.actions)
        if (action.kind == Kind::contribute) contributed.push_back(action.index);
    EXPECT_EQ(contributed, (std::vector<size_t>{0, 1, 2, 3}));
}

TEST(ScheduleTest, AReductionNobodyReadsStillReachesTheDevice) {
    const Schedule s = schedule(program({touch(0), reduce(0)}));
    ASSERT_EQ(s.segments.size(), 2u);
    EXPECT_EQ(s.segments[1].loads, std::vector<size_t>{0});
}

Command give(int32_t buffer, size_t number) {
    return {0, "give", ReduceCommand{{buffer, 0, 16}, Reduction::copy, true, false, number}};
}
Command take(int32_t buffer, size_t number) {
    return {0, "take", ReduceCommand{{buffer, 0, 16}, Reduction::copy, false, true, number}};
}

TEST(ScheduleTest, WhoGivesGoesOnAtOnce) {
    const Schedule s = schedule(program({touch(0), give(0, 5), touch(1)}));
    EXPECT_EQ(s.actions, (std::vector<Action>{
                             {Kind::submit, 0}, {Kind::submit, 1}, {Kind::await, 0}, {Kind::contribute, 5}}));
    EXPECT_EQ(s.segments[0].stores, std::vector<size_t>{0});
}

TEST(ScheduleTest, WhatIsGivenLastReachesTheOthers) {
    const Schedule s = schedule(program({touch(0), give(0, 5)}));
    EXPECT_EQ(s.actions, (std::vector<Action>{{Kind::submit, 0}, {Kind::await, 0}, {Kind::contribute, 5}}));
}

TEST(ScheduleTest, WhoTakesWaitsOnlyWhereItReads) {
    const Schedule s = schedule(program({take(0, 2), touch(1), touch(0)}));
    EXPECT_EQ(s.actions, (std::vector<Action>{{Kind::submit, 0}, {Kind::collect, 2}, {Kind::submit, 1}}));
    EXPECT_EQ(s.segments[1].loads, std::vector<size_t>{0});
}

TEST(ScheduleTest, AllThatIsToBeTakenIsTakenAtOnce) {
    const Schedule s = schedule(program({take(0, 2), take(1, 3), touch(1), touch(0)}));
    EXPECT_EQ(s.segments.back().loads, (std::vector<size_t>{0, 1}));
}

}  // namespace
}  // namespace vkm::graph
