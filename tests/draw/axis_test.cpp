#include <draw/axis.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

namespace vkm::draw {
namespace {

std::vector<std::string> labels(const Axis& axis) {
    std::vector<std::string> list;
    for (const Tick& tick : axis.ticks)
        list.push_back(tick.label);
    return list;
}

TEST(AxisTest, MarksRoundNumbers) {
    EXPECT_EQ(labels(axis(Scale::linear, 0, 1, 5)),
              (std::vector<std::string>{"0", "0.2", "0.4", "0.6", "0.8", "1.0"}));
    EXPECT_EQ(labels(axis(Scale::linear, 1, 987, 5)),
              (std::vector<std::string>{"0", "200", "400", "600", "800", "1000"}));
    EXPECT_EQ(labels(axis(Scale::linear, 2.31, 2.34, 5)),
              (std::vector<std::string>{"2.31", "2.32", "2.33", "2.34"}));
    EXPECT_EQ(labels(axis(Scale::logarithmic, 1e-5, 1e-1, 5)),
              (std::vector<std::string>{"1e-05", "0.0001", "0.001", "0.01", "0.1"}));
    EXPECT_EQ(labels(axis(Scale::logarithmic, 0.5, 20, 5)),
              (std::vector<std::string>{"0.5", "1", "2", "5", "10", "20"}));
}

TEST(AxisTest, ShowsEveryValueOnAnyRange) {
    for (const double least : {-1e9, -3.0, 0.0, 1e-12, 2.3, 5e7})
        for (const double extent : {0.0, 1e-9, 0.37, 41.0, 1e6, 1e12}) {
            const Axis a = axis(Scale::linear, least, least + extent, 6);
            EXPECT_LE(a.least, least);
            EXPECT_GE(a.most, least + extent);
            EXPECT_LT(a.least, a.most);
            EXPECT_LE(a.ticks.size(), 14u);
            for (const Tick& tick : a.ticks) {
                EXPECT_GE(tick.value, a.least - 1e-9 * std::abs(a.least));
                EXPECT_LE(tick.value, a.most + 1e-9 * std::abs(a.most));
            }
        }
}

TEST(AxisTest, PlacesValuesByTheirScale) {
    EXPECT_DOUBLE_EQ((Axis{Scale::linear, 2, 4, {}}).place(3), 0.5);
    EXPECT_DOUBLE_EQ((Axis{Scale::logarithmic, 1, 100, {}}).place(10), 0.5);
}

}  // namespace
}  // namespace vkm::draw
