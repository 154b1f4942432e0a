#include <base/error.h>
#include <graph/run/reducer.h>

#include <gtest/gtest.h>
#include <support/bytes.h>

#include <future>

namespace vkm::graph {
namespace {

using Order = std::vector<size_t>;

TEST(ReducerTest, TwoReductionsOfferedAtOnceAreMadeOneAfterTheOther) {
    std::promise<void> first_begun, second_offered;
    std::vector<std::string> events;
    Reducer reducer(1, 2, [&](size_t reduction) {
        events.push_back("begin " + std::to_string(reduction));
        if (reduction == 0) {
            first_begun.set_value();
            second_offered.get_future().wait();
        }
        events.push_back("end " + std::to_string(reduction));
    });
    reducer.contribute(0);
    first_begun.get_future().wait();
    reducer.contribute(1);  // returns though the first is not done
    second_offered.set_value();
    reducer.collect(1, 1);
    EXPECT_EQ(events, (std::vector<std::string>{"begin 0", "end 0", "begin 1", "end 1"}));
}

TEST(ReducerTest, ReductionsAreMadeInTheOrderOfTheirNumbersWhicheverIsReadyFirst) {
    Order order;
    Reducer reducer(2, 3, [&](size_t reduction) { order.push_back(reduction); });
    for (const size_t reduction : {2, 1, 2, 1, 0, 0})
        reducer.contribute(reduction);
    reducer.collect(2, 1);
    EXPECT_EQ(order, (Order{0, 1, 2}));
}

TEST(ReducerTest, EveryStepBeginsWithTheFirstReductionAgain) {
    Order order;
    Reducer reducer(1, 2, [&](size_t reduction) { order.push_back(reduction); });
    reducer.contribute(1);
    reducer.contribute(0);
    reducer.collect(1, 1);
    reducer.contribute(1);
    reducer.contribute(0);
    reducer.collect(1, 2);
    EXPECT_EQ(order, (Order{0, 1, 0, 1}));
}

TEST(ReducerTest, EveryParticipantSeesTheResultOfItsOwnStepOverManySteps) {
    constexpr size_t participants = 3, reductions = 4;
    constexpr uint64_t steps = 300;
    std::array<std::array<uint64_t, participants>, reductions> parts{};
    std::array<uint64_t, reductions> sums{};
    Reducer reducer(participants, reductions, [&](size_t reduction) {
        sums[reduction] = parts[reduction][0] + parts[reduction][1] + parts[reduction][2];
    });
    std::array<uint64_t, participants> wrong{};
    std::vector<std::thread> threads;
    for (size_t participant = 0; participant < participants; ++participant)
        threads.emplace_back([&, participant] {
            for (uint64_t step = 1; step <= steps; ++step) {
                for (size_t i = 0; i < reductions; ++i) {
                    parts[i][participant] = step * (i + 1) * (participant + 1);
                    reducer.contribute(i);
                }
                for (size_t i = 0; i < reductions; ++i) {
                    reducer.collect(i, step);
                    wrong[participant] += sums[i] != step * (i + 1) * 6;
                }
            }
        });
    for (std::thread& thread : threads)
        thread.join();
    EXPECT_EQ(wrong, (std::array<uint64_t, participants>{}));
}

std::string failure_of(Reducer& reducer, size_t reduction) {
    return test::message_of<Error>([&] { reducer.collect(reduction, 1); });
}

TEST(ReducerTest, AParticipantThatFailsEndsEveryWaitNowAndLaterWithTheReason) {
    Reducer reducer(2, 2, [](size_t) {});
    std::vector<std::future<std::string>> waits;
    for (const size_t reduction : {0, 1, 1})
        waits.push_back(std::async(std::launch::async, failure_of, std::ref(reducer), reduction));
    reducer.contribute(0);
    reducer.fail(std::make_exception_ptr(Error("device 1 is lost")));
    reducer.fail(std::make_exception_ptr(Error("device 0 is lost too")));
    for (std::future<std::string>& wait : waits)
        EXPECT_EQ(wait.get(), "device 1 is lost");
    EXPECT_EQ(failure_of(reducer, 0), "device 1 is lost");
}

TEST(ReducerTest, AReductionThatFailsEndsEveryWaitAndNoneIsMadeAfterIt) {
    Order order;
    Reducer reducer(1, 2, [&](size_t reduction) {
        order.push_back(reduction);
        throw Error("no sum");
    });
    reducer.contribute(1);
    reducer.contribute(0);
    EXPECT_EQ(failure_of(reducer, 1), "no sum");
    EXPECT_EQ(failure_of(reducer, 0), "no sum");
    EXPECT_EQ(order, Order{0});
}

TEST(ReducerTest, OneWhoseParticipantsNeverCameCanBeDestroyed) {
    Reducer reducer(2, 1, [](size_t) { FAIL() << "half of it never came"; });
    reducer.contribute(0);
}

TEST(ReducerTest, WhoOnlyGivesMayBeAStepAhead) {
    std::promise<void> go_on;
    size_t made = 0;
    Reducer reducer({1, 1}, [&](size_t reduction) {
        if (reduction == 0 && made == 0) go_on.get_future().wait();
        ++made;
    });
    reducer.contribute(0);
    reducer.contribute(0);  // of the next step, while the first is still being made
    reducer.contribute(1);
    go_on.set_value();
    reducer.collect(0, 2);
    EXPECT_EQ(made, 3u);
}

}  // namespace
}  // namespace vkm::graph
