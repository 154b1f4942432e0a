#include <bench/overview.h>
#include <bench/overview_formats.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace vkm::bench {
namespace {

using testing::HasSubstr;

TEST(OverviewRowsTest, EveryRowIsThereFromTheBeginningAndSaysThatItWasNotMeasured) {
    const Overview planned = planned_overview({});
    std::set<std::string> names;
    for (const Row& row : planned.rows) {
        EXPECT_TRUE(names.insert(row.name).second) << row.name << " comes twice";
        EXPECT_FALSE(row.value) << row.name;
        EXPECT_NE(row.missing, Missing::nothing) << row.name;
        EXPECT_FALSE(row.why.empty()) << row.name;
    }
    for (const char* model : {"mobilenet_v3_large", "mobilenet_v3_small", "mobilenet_v2"})
        for (const char* batch : {"b1", "b32", "largest"})
            for (const char* precision : {"fp32", "fp16"})
                for (const char* mode : {"training", "inference"})
                    EXPECT_TRUE(names.contains(fmt::format("{}/{}/{}/{}", model, batch, precision, mode)));
    for (const char* row : {"peaks/copy", "peaks/fp32", "peaks/matrix", "peaks/launch", "peaks/barrier",
                            "peaks/submit", "one_image/mobilenet_v3_large_minimalistic/fp32/median",
                            "one_image/mobilenet_v3_large_minimalistic/fp16/score",
                            "one_image/mobilenet_v2/fp32/least", "photographs/mobilenet_v3_small/fp16"})
        EXPECT_TRUE(names.contains(row)) << row;
}

TEST(OverviewRowsTest, AFilterTakesRowsByTheirNames) {
    OverviewOptions options;
    options.filter = "peaks/(copy|fp32)$|v2/b1/fp32";
    std::vector<std::string> names;
    for (const Row& row : planned_overview(options).rows)
        names.push_back(row.name);
    EXPECT_THAT(names, testing::ElementsAre("peaks/copy", "peaks/fp32", "mobilenet_v2/b1/fp32/inference",
                                            "mobilenet_v2/b1/fp32/training"));
}

TEST(OverviewRowsTest, EveryRowIsDescribed) {
    const std::vector<Row> rows = planned_overview({}).rows;
    const std::string text = descriptions(rows);
    for (const Row& row : rows) {
        EXPECT_THAT(text, HasSubstr(row.name));
        const Description d = describe(row);
        EXPECT_FALSE(d.measures.empty()) << row.name;
        EXPECT_FALSE(d.matters.empty()) << row.name;
        // What nobody described would be taken for the last kind of rows.
        if (!row.name.starts_with("photographs/")) {
            EXPECT_THAT(d.measures, testing::Not(HasSubstr("photographs"))) << row.name;
        }
    }
}

TEST(OverviewRowsTest, WithinAPartEveryPrecisionFollowsTheOther) {
    // A part that runs out of time then leaves whole pairs out.
    const std::vector<OverviewCase> cases = overview_cases({"mobilenet_v2"});
    ASSERT_FALSE(cases.empty());
    Part last = Part::peaks;
    for (const OverviewCase& c : cases) {
        EXPECT_GE(c.part, last) << c.name;
        last = c.part;
    }
}

}  // namespace
}  // namespace vkm::bench
