#include <graph/run/chrome_trace.h>
#include <graph/run/planned_steps.h>
#include <graph/run/step_trace.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace vkm::graph {
namespace {

using Track = TraceTrack::Kind;
using testing::DoubleNear;
using testing::ElementsAre;
using testing::SizeIs;

Command use(int32_t buffer) {
    return {0, "touch", FillCommand{{buffer, 0, 16}}};
}
Command reduced(int32_t buffer, const char* label) {
    return {0, label, ReduceCommand{{buffer, 0, 16}, Reduction::sum}};
}

Schedule scheduled(std::vector<Command> commands) {
    Program program;
    program.commands = std::move(commands);
    return schedule(program);
}

std::vector<TraceEvent> of(const std::vector<TraceEvent>& events, TraceTrack track) {
    std::vector<TraceEvent> own;
    std::ranges::copy_if(events, std::back_inserter(own),
                         [&](const TraceEvent& event) { return event.track == track; });
    return own;
}

// A gradient is reduced while backward goes on: the second segment hides the reduction.
TEST(PlannedStepsTest, AReductionIsHiddenByTheSegmentBehindIt) {
    const Schedule s = scheduled({use(0), reduced(0, "gradients"), use(1), use(0)});
    const std::vector<SegmentSeconds> seconds{
        {.work = 1, .stores = 0.25}, {.work = 2}, {.loads = 0.5, .work = 1}};
    const std::vector<TraceEvent> events = planned_steps({s, s}, {seconds, seconds}, {0.5}, 1);
    const std::vector<TraceEvent> exchange = of(events, {Track::exchange, 0});
    ASSERT_THAT(exchange, SizeIs(1));
    EXPECT_EQ(exchange[0].name, "gradients");
    EXPECT_DOUBLE_EQ(exchange[0].begin, 1.25) << "when both have given";
    for (const size_t device : {0, 1}) {
        const std::vector<TraceEvent> queue = of(events, {Track::queue, device});
        ASSERT_THAT(queue, SizeIs(3));
        EXPECT_DOUBLE_EQ(queue[1].begin, 1.25);
        EXPECT_DOUBLE_EQ(queue[2].begin, 3.25 + 0.5) << "behind the second and what it takes";
        EXPECT_DOUBLE_EQ(queue[2].end, 4.75);
    }
}

TEST(PlannedStepsTest, TheQuickerDeviceWaitsForTheSlower) {
    const Schedule s = scheduled({use(0), reduced(0, "statistics"), use(0)});
    const std::vector<TraceEvent> events =
        planned_steps({s, s}, {{{.work = 1}, {.work = 1}}, {{.work = 3}, {.work = 1}}}, {0.5}, 2);
    const std::vector<TraceEvent> quick = of(events, {Track::queue, 0});
    ASSERT_THAT(quick, SizeIs(4));
    EXPECT_DOUBLE_EQ(quick[1].begin, 3.5);
    EXPECT_DOUBLE_EQ(quick[2].begin, 4.5) << "the next step follows at once";
}

// A device's clock says when something began only beside others of its own.
TEST(StepTraceTest, ADevicesClockIsPutBesideTheHosts) {
    StepTrace trace(0, 2);
    trace.begin({scheduled({use(0)})});
    trace.add(StepTrace::DevicePart{
        .step = 0, .name = "layer", .submitted = 1.0, .clock_begin = 500.5, .clock_end = 501.0});
    trace.add(StepTrace::DevicePart{
        .step = 1, .name = "layer", .submitted = 2.0, .clock_begin = 501.2, .clock_end = 501.6});
    const std::vector<TraceEvent> events = trace.measured();
    ASSERT_THAT(events, SizeIs(2));
    EXPECT_THAT(events[0].begin, DoubleNear(1.3, 1e-9))
        << "so that the second does not begin before it was submitted";
    EXPECT_THAT(events[1].begin, DoubleNear(2.0, 1e-9));
    const std::vector<TraceEvent> planned = of(trace.planned(), {Track::queue, 0});
    ASSERT_THAT(planned, SizeIs(2));
    EXPECT_THAT(planned[0].end, DoubleNear(0.45, 1e-9)) << "the median";
}

TEST(StepTraceTest, OnlySomeStepsAreWanted) {
    const StepTrace trace(2, 4);
    EXPECT_FALSE(trace.wants(1));
    EXPECT_TRUE(trace.wants(2));
    EXPECT_TRUE(trace.wants(5));
    EXPECT_FALSE(trace.wants(6));
}

TEST(StepTraceTest, EveryTrackHasANameInTheFile) {
    const std::vector<TraceEvent> events{{{Track::queue, 0}, "layer", 0, 0.001, 0.003},
                                         {{Track::host, 1}, "collect", 0, 0, 0.002}};
    const auto file = nlohmann::json::parse(chrome_trace(events, {}, {"one", "two"}));
    std::map<int, std::string> names;
    std::vector<double> lengths;
    for (const auto& event : file.at("traceEvents")) {
        if (event.at("name") == "thread_name") names[event.at("tid")] = event.at("args").at("name");
        if (event.at("ph") != "X") continue;
        EXPECT_TRUE(names.contains(event.at("tid")));
        lengths.push_back(event.at("dur"));
    }
    EXPECT_THAT(lengths, ElementsAre(DoubleNear(2000, 1e-6), DoubleNear(2000, 1e-6))) << "microseconds";
}

}  // namespace
}  // namespace vkm::graph
