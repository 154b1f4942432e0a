#include <draw/code_points.h>

#include <gtest/gtest.h>

namespace vkm::draw {
namespace {

TEST(CodePointsTest, KeepsEveryLanguage) {
    const std::string text = "a é 犬 😀 عربي";
    EXPECT_EQ(to_utf8(code_points(text)), text);
    EXPECT_EQ(code_points("犬😀"), U"犬😀");
}

TEST(CodePointsTest, ReplacesWhatIsNoText) {
    EXPECT_EQ(code_points("a\xff"
                          "b\xc3"),
              U"a\xfffd"
              U"b\xfffd");
    EXPECT_EQ(code_points("\xe7\x8a"
                          "x"),
              U"\xfffdx");                                // cut short, and the next letter stays
    EXPECT_EQ(code_points("\xc0\x80"), U"\xfffd\xfffd");  // overlong
    EXPECT_EQ(code_points("\xed\xa0\x80"), U"\xfffd");    // half of a surrogate pair
    EXPECT_EQ(code_points("a\nb\tc\x1b"), U"a b c ");
}

TEST(CodePointsTest, ShortensToTheWidth) {
    const auto letters = [](std::u32string_view text) { return static_cast<double>(text.size()); };
    EXPECT_EQ(shortened(U"daisy", 5, letters), U"daisy");
    EXPECT_EQ(shortened(U"daisies", 5, letters), U"dais…");
    EXPECT_EQ(shortened(U"daisies", 0, letters), U"…");
    EXPECT_EQ(shortened(U"", 0, letters), U"");
}

}  // namespace
}  // namespace vkm::draw
