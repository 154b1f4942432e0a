#include <bench/overview_box.h>
#include <bench/overview_formats.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <sstream>

namespace vkm::bench {
namespace {

using nlohmann::json;
using testing::HasSubstr;

json document(const std::string& device = "A device") {
    return {{"program", {{"version", "1.2.3"}}},
            {"device",
             {{"name", device},
              {"type", "discrete"},
              {"driver_name", "a driver"},
              {"driver_info", "9.8"},
              {"api_version", "1.3.0"},
              {"memory_bytes", 8ull << 30}}},
            {"host", {{"cpu", "a processor"}, {"cores", 4}, {"load", 0.5}, {"system", "Linux 6.1 x86_64"}}}};
}

std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);)
        lines.push_back(line);
    return lines;
}

size_t columns_of(const std::string& line) {
    return static_cast<size_t>(
        std::ranges::count_if(line, [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

void expect_a_box(const std::string& text) {
    const std::vector<std::string> lines = lines_of(text);
    EXPECT_LE(lines.size(), most_box_lines) << text;
    for (const std::string& line : lines)
        EXPECT_EQ(columns_of(line), columns_of(lines.front())) << line;
}

TEST(OverviewBoxTest, WhatWasNotMeasuredSaysSoAndWhy) {
    const std::string text = box_text(planned_overview({}), document());
    expect_a_box(text);
    EXPECT_THAT(text, HasSubstr("(a) not measured: there was not enough time"));
    EXPECT_THAT(text, HasSubstr("clocks   not measured"));
    EXPECT_THAT(text, HasSubstr("noise    not measured"));
    EXPECT_THAT(text, HasSubstr("VKMBV3_DATA"));
    EXPECT_THAT(text, testing::Not(HasSubstr("±")));
}

TEST(OverviewBoxTest, WhatWasDisturbedIsMarkedAndSaysByWhat) {
    Overview overview = planned_overview({});
    find_row(overview.rows, "peaks/fp32")->set(100);
    find_row(overview.rows, "mobilenet_v2/b1/fp32/training")->set(50, 0.02);
    EXPECT_THAT(box_text(overview, document()), testing::Not(HasSubstr("?")));
    find_row(overview.rows, "peaks/fp32")->disturbed = Disturbance{.slower = 0.12};
    find_row(overview.rows, "mobilenet_v2/b1/fp32/training")->disturbed = Disturbance{.others = 0.3};
    const std::string text = box_text(overview, document());
    expect_a_box(text);
    EXPECT_THAT(text, HasSubstr("2 values disturbed (?), up to 12 % slower, 30 % of the cores for others  "));
    EXPECT_THAT(text, HasSubstr("100? GFLOP/s"));
    EXPECT_THAT(text, HasSubstr("50.0? ±2%"));
}

TEST(OverviewBoxTest, ALongNameLeavesTheBatchSizesToBeRead) {
    OverviewOptions options;
    options.models = {"mobilenet_v3_large_minimalistic"};
    const std::string text = box_text(planned_overview(options), document());
    expect_a_box(text);
    EXPECT_THAT(text, testing::ContainsRegex("\\| mobilenet_v3_large_minimalistic +\\|"));
    for (const char* batch : {"batch 1 ", "batch 32 ", "largest "})
        EXPECT_THAT(text, HasSubstr(std::string("|   ") + batch));
}

TEST(OverviewBoxTest, NetworksForWhichThereAreNoLinesAreCounted) {
    OverviewOptions options;
    options.models = {"mobilenet_v2", "mobilenet_v1", "tonylins_v2", "mindcv_v2", "mobilenet_v4_conv_small"};
    const std::string text = box_text(planned_overview(options), document());
    expect_a_box(text);
    EXPECT_THAT(text, HasSubstr("and 2 more networks: --format markdown has all"));
    options.models.resize(3);
    EXPECT_THAT(box_text(planned_overview(options), document()), testing::Not(HasSubstr("more networks")));
}

TEST(OverviewBoxTest, ValuesStandWithTheirNoiseAndTheLargestBatch) {
    Overview overview = planned_overview({});
    find_row(overview.rows, "mobilenet_v3_large/b32/fp32/training")->set(1234.4, 0.021);
    Row& largest = *find_row(overview.rows, "mobilenet_v3_large/largest/fp16/training");
    largest.set(5678.9, 0.004);
    largest.batch = 512;
    find_row(overview.rows, "peaks/copy")->set(456.7);
    find_row(overview.rows, "one_image/mobilenet_v2/fp32/least")->set(1.234, 0.1);
    find_row(overview.rows, "one_image/mobilenet_v3_large_minimalistic/fp32/median")->set(2.5, 0.1);
    find_row(overview.rows, "one_image/mobilenet_v3_large_minimalistic/fp32/score")->set(2001.2);
    Row& photographs = *find_row(overview.rows, "photographs/mobilenet_v3_small/fp16");
    photographs.set(199);
    photographs.remark = "of 200";
    const std::string text = box_text(overview, document());
    expect_a_box(text);
    EXPECT_THAT(text, HasSubstr("V3-Small: 199 of 200 photographs"));
    EXPECT_THAT(text, testing::ContainsRegex("V3-Large batch 32 +1234 ±2%"));
    EXPECT_THAT(text, testing::ContainsRegex("V3-Large largest +\\(a\\) +5679 ±1% \\(512\\)"));
    EXPECT_THAT(text, testing::ContainsRegex("copy +457 GB/s"));
    EXPECT_THAT(text, HasSubstr("V2, least:  fp32 1.23 ms ±10%"));
    EXPECT_THAT(text, HasSubstr("fp32 2.50 ms ±10% (2001)"));
}

TEST(OverviewBoxTest, AVendorsFigureStandsBesideWhatWasMeasured) {
    Overview overview = planned_overview({});
    const auto set = [&](const char* name, double value, double vendor) {
        Row& row = *find_row(overview.rows, name);
        row.set(value);
        row.vendor = vendor;
    };
    set("peaks/copy", 4012, 4800);
    set("peaks/fp32", 58123, 66900);
    set("peaks/matrix", 712345, 989400);
    find_row(overview.rows, "peaks/matrix")->remark = "16x16x16";
    find_row(overview.rows, "peaks/shared")->set(30123);
    const std::string text = box_text(overview, document("NVIDIA H200"));
    expect_a_box(text);
    EXPECT_THAT(text, testing::ContainsRegex("copy +4012 of 4800 GB/s"));
    EXPECT_THAT(text, testing::ContainsRegex("fp32 +58.1 of 66.9 TFLOP/s"));
    EXPECT_THAT(text, testing::ContainsRegex("matrix +712 of 989 TFLOP/s \\(16x16x16\\)"));
    EXPECT_THAT(text, testing::ContainsRegex("shared +30.1 TB/s"));
}

TEST(OverviewBoxTest, HasNoMoreLinesWhateverFails) {
    Overview overview = planned_overview({});
    int number = 0;
    for (Row& row : overview.rows)
        row.miss(Missing::failure, "reason " + std::to_string(++number) + std::string(200, 'x'));
    const std::string text = box_text(overview, document("AMD Radeon RX 6600 XT (RADV NAVI23)"));
    expect_a_box(text);
    EXPECT_EQ(lines_of(text).size(), most_box_lines);
    EXPECT_THAT(text, HasSubstr("more reasons: --format markdown has all"));
}

TEST(OverviewBoxTest, ForeignNamesCannotBreakIt) {
    expect_a_box(box_text(planned_overview({}), document(std::string(300, 'n') + "\n| ü\x1b[31m")));
}

TEST(OverviewBoxTest, FiguresOfTheSameDeviceStandBesideOurs) {
    EXPECT_THAT(box_text(planned_overview({}), document("NVIDIA GeForce RTX 3060 Ti")),
                HasSubstr("ncnn, one image, least:  V2 1.09 ms  V3-Large 1.33 ms"));
    const std::string amd = box_text(planned_overview({}), document("AMD Radeon RX 6600 XT (RADV NAVI23)"));
    EXPECT_THAT(amd, HasSubstr("dlprimitives, training fp32, images/s:  V3-Large 194  V3-Small 490  V2 155"));
    EXPECT_THAT(amd, HasSubstr("PyTorch ROCm, training fp32, images/s:  V3-Large 223  V3-Small 690  V2 203"));
    EXPECT_THAT(box_text(planned_overview({}), document()), testing::Not(HasSubstr("published")));
}

TEST(OverviewFormatsTest, TablesHaveARowForEveryRow) {
    Overview overview = planned_overview({});
    find_row(overview.rows, "peaks/copy")->set(456.75, 0.01);
    find_row(overview.rows, "peaks/copy")->vendor = 936.5;
    overview.rows.back().miss(Missing::failure, "a \"quote\", a | and\na line");
    for (const OverviewFormat& format : overview_formats()) {
        if (format.name != "csv" && format.name != "markdown") continue;
        const std::string text = format.text(overview, document());
        for (const Row& row : overview.rows)
            EXPECT_THAT(text, HasSubstr(row.name)) << format.name;
        EXPECT_THAT(text, HasSubstr("456.75")) << format.name;
        EXPECT_THAT(text, HasSubstr("936.5")) << format.name;
        EXPECT_THAT(text, HasSubstr("the time was over before it was begun")) << format.name;
    }
    const auto csv = std::ranges::find(overview_formats(), "csv", &OverviewFormat::name);
    EXPECT_THAT(csv->text(overview, document()), HasSubstr("\"a \"\"quote\"\", a | and\na line\""));
    const auto markdown = std::ranges::find(overview_formats(), "markdown", &OverviewFormat::name);
    EXPECT_THAT(markdown->text(overview, document()), HasSubstr("a \"quote\", a \\| and a line"));
}

}  // namespace
}  // namespace vkm::bench
