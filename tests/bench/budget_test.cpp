#include <base/error.h>
#include <bench/budget.h>

#include <gtest/gtest.h>

namespace vkm::bench {
namespace {

/// Holds a budget of 100 seconds whose clock the test sets.
class BudgetTest : public testing::Test {
  protected:
    double now_ = 1000;
    Budget budget_{100, {{"peaks", 1}, {"small", 3}, {"large", 6}}, [this] { return now_; }};
};

TEST_F(BudgetTest, PartsHaveTheirSharesOfTheTime) {
    EXPECT_EQ(budget_.left(), 0);
    budget_.begin("peaks");
    EXPECT_DOUBLE_EQ(budget_.left(), 10);
    now_ += 10;
    budget_.begin("small");
    EXPECT_DOUBLE_EQ(budget_.left(), 30);
    now_ += 30;
    budget_.begin("large");
    EXPECT_DOUBLE_EQ(budget_.left(), 60);
}

TEST_F(BudgetTest, WhatAPartLeavesGoesToThoseAfterIt) {
    budget_.begin("peaks");
    now_ += 1;
    budget_.begin("small");
    EXPECT_DOUBLE_EQ(budget_.left(), 33);
    budget_.begin("large");
    EXPECT_DOUBLE_EQ(budget_.left(), 99);
}

TEST_F(BudgetTest, WhatAPartTakesTooMuchIsTakenFromThoseAfterIt) {
    budget_.begin("peaks");
    now_ += 55;
    EXPECT_EQ(budget_.left(), 0);
    budget_.begin("small");
    EXPECT_DOUBLE_EQ(budget_.left(), 15);
    now_ += 1000;
    budget_.begin("large");
    EXPECT_EQ(budget_.left(), 0);
    EXPECT_EQ(budget_.whole_left(), 0);
}

TEST_F(BudgetTest, PartsMayBeLeftOut) {
    budget_.begin("large");
    EXPECT_DOUBLE_EQ(budget_.left(), 100);
}

TEST_F(BudgetTest, CasesShareWhatTheirPartStillHas) {
    budget_.begin("small");
    const double whole = budget_.left();
    EXPECT_DOUBLE_EQ(budget_.share(4), whole / 4);
    EXPECT_DOUBLE_EQ(budget_.share(0), whole);
    now_ += whole / 2;
    EXPECT_DOUBLE_EQ(budget_.share(2), whole / 4);
}

TEST_F(BudgetTest, APartThatWasPassedDoesNotBeginAgain) {
    budget_.begin("small");
    EXPECT_THROW(budget_.begin("peaks"), Error);
    EXPECT_THROW(budget_.begin("small"), Error);
    EXPECT_THROW(budget_.begin("unknown"), Error);
}

}  // namespace
}  // namespace vkm::bench
