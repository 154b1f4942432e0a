#include <draw/text.h>

#include <gtest/gtest.h>

#include <numeric>
#include <string>

namespace vkm::draw {
namespace {

int ink(const DrawnText& text) {
    return std::accumulate(text.mask.coverage.begin(), text.mask.coverage.end(), 0);
}

TEST(TextTest, DrawsLettersAboveTheBaseline) {
    const DrawnText text = draw_text("Ha", 40);
    EXPECT_GT(ink(text), 0);
    EXPECT_NEAR(text.above, 29, 4);  // capitals are about 0.73 of the size
    EXPECT_NEAR(text.mask.height, text.above, 2);
    EXPECT_NEAR(text.mask.width, text.advance, 8);
    EXPECT_GT(draw_text("g", 40).mask.height, draw_text("g", 40).above) << "a part lies below";
}

TEST(TextTest, IsShortenedToFit) {
    const std::string name(5000, 'x');
    const DrawnText text = draw_text(name, 13, 100);
    EXPECT_LE(text.advance, 100);
    EXPECT_GT(text.advance, 80);
    EXPECT_EQ(draw_text("xx", 13, 100).mask.coverage, draw_text("xx", 13).mask.coverage);
}

TEST(TextTest, WritesFromRightToLeftWhereTheLanguageDoes) {
    // The letters of a Hebrew word are drawn from its last on: reversed by a mark, they give the same picture.
    const std::string word = "\u05d0\u05d1", reversed = "\u202d\u05d1\u05d0\u202c";
    EXPECT_EQ(draw_text(word, 30).mask.coverage, draw_text(reversed, 30).mask.coverage);
    EXPECT_NE(draw_text(word, 30).mask.coverage, draw_text("\u05d1\u05d0", 30).mask.coverage);
}

TEST(TextTest, DrawsWhatNoFontHasAndWhatIsNoText) {
    EXPECT_GT(ink(draw_text("\U0010ffff", 20)), 0);
    EXPECT_GT(ink(draw_text("\xff", 20)), 0);
    EXPECT_EQ(ink(draw_text("", 20)), 0);
    EXPECT_EQ(ink(draw_text("\n\t", 20)), 0);
    EXPECT_EQ(text_width("", 20), 0);
}

}  // namespace
}  // namespace vkm::draw
