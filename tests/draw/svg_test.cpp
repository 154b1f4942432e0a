#include <draw/line_chart.h>
#include <draw/svg.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/bytes.h"
#include "support/python.h"
#include "support/temporary_folder.h"

#include <cmath>

namespace vkm::draw {
namespace {

using testing::HasSubstr;
using testing::Not;

TEST(SvgTest, EscapesEveryName) {
    EXPECT_EQ(escaped("<a href='x'>&\""), "&lt;a href=&#39;x&#39;&gt;&amp;&quot;");
    EXPECT_EQ(escaped("犬\x1b\n\xff"), "犬  \xef\xbf\xbd");
}

TEST(SvgTest, ShortensATextAndKeepsTheWhole) {
    Drawing drawing{.width = 10, .height = 10, .title = "t", .shapes = {}};
    drawing.shapes.push_back(Text{.at = {}, .utf8 = "abcdefghij", .size = 10, .most = 31});
    EXPECT_THAT(svg(drawing), HasSubstr(">abcd…<title>abcdefghij</title></text>"));
}

// An XML parser reads what names of any kind make of a chart.
TEST(SvgTest, IsWellFormedWithAnyNames) {
    LineChart chart{.title = "a<b>&\"'", .x_title = "\x01\xff]]>", .legend = {}, .panels = {}};
    chart.legend.push_back({"run/ü犬\t", series_colour(0)});
    chart.panels.push_back(
        {.title = "<loss>",
         .scale = Scale::logarithmic,
         .curves = {{{{1, 2}, {2, NAN}, {3, 0}, {4, 1e-3}}, series_colour(0), LineStyle::plain}}});
    chart.panels.push_back({.title = "nothing", .curves = {}});
    const std::string file = svg(draw_lines(chart));
    EXPECT_THAT(file, Not(HasSubstr("nan")));
    const test::TemporaryFolder folder;
    test::write_content(folder / "chart.svg", file);
    EXPECT_TRUE(test::run_python(folder.path(), R"(
import xml.etree.ElementTree as xml
root = xml.parse("chart.svg").getroot()
texts = [e.text for e in root.iter("{http://www.w3.org/2000/svg}text")]
assert "a<b>&\"'" in texts and "<loss>" in texts and "run/ü犬 " in texts and "nothing yet" in texts, texts
)")) << test::file_content(folder / "python.log");
}

}  // namespace
}  // namespace vkm::draw
