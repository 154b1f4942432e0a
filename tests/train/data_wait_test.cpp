#include <train/data_wait.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <thread>

namespace vkm::train {
namespace {

using testing::HasSubstr;

TEST(DataWaitTest, IsTheShareOfTheTimeThatWasWaited) {
    DataWait wait;
    const auto pause = [] { std::this_thread::sleep_for(std::chrono::milliseconds(4)); };
    EXPECT_EQ(wait.during([&] {
        pause();
        return 5;
    }),
              5);
    EXPECT_GT(wait.look(), 0.5);
    pause();
    EXPECT_EQ(wait.look(), 0);
}

TEST(DataWaitTest, ARestartForgetsWhatWasWaited) {
    DataWait wait;
    wait.during([] {
        std::this_thread::sleep_for(std::chrono::milliseconds(2));
        return 0;
    });
    wait.restart();
    EXPECT_EQ(wait.look(), 0);
}

TEST(DataWaitTest, AdviceComesOnceAndNotForASingleBreak) {
    DataWaitAdvice advice(1);
    EXPECT_FALSE(advice.after(0.9));
    EXPECT_FALSE(advice.after(0));
    EXPECT_FALSE(advice.after(0.3));
    EXPECT_FALSE(advice.after(0.4));
    const auto text = advice.after(0.5);
    ASSERT_TRUE(text);
    EXPECT_THAT(*text, HasSubstr("40 % of the time"));
    EXPECT_FALSE(advice.after(0.9));
}

}  // namespace
}  // namespace vkm::train
