#include <base/plain_text.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace std::string_literals;
using testing::ElementsAre;

namespace vkm {
namespace {

/// Gives a name with characters of one to four bytes, and what Python's `encode` makes of it.
constexpr const char* name = "a\u00e9\u20ac\U0001F600";
const std::string little = "a\0\xe9\0\xac\x20\x3d\xd8\x00\xde"s, big = "\0a\0\xe9\x20\xac\xd8\x3d\xde\x00"s;

TEST(PlainTextTest, TellsUnicodeByItsByteOrderMark) {
    EXPECT_EQ(utf8_text(name, "f"), name);
    EXPECT_EQ(utf8_text("\xef\xbb\xbf"s + name, "f"), name);
    EXPECT_EQ(utf8_text("\xff\xfe"s + little, "f"), name);
    EXPECT_EQ(utf8_text("\xfe\xff"s + big, "f"), name);
    EXPECT_EQ(utf8_text("", "f"), "");
}

TEST(PlainTextTest, RefusesWhatIsNoText) {
    for (const std::string& bytes :
         {"caf\xe9"s, "\xc0\xaf"s, "\xed\xa0\x80"s, "\xf4\x90\x80\x80"s, "\xe2\x82"s, "\x80"s,
          "\xff\xfe"
          "a"s,
          "\xff\xfe\x3d\xd8"s, "\xff\xfe\x00\xde\x3d\xd8"s, "a\0b"s})
        EXPECT_THROW(utf8_text(bytes, "f"), NotText) << testing::PrintToString(bytes);
}

TEST(PlainTextTest, KnowsEveryEndOfALine) {
    EXPECT_THAT(lines_of("a\nb\r\nc\rd"), ElementsAre("a", "b", "c", "d"));
    EXPECT_THAT(lines_of("a\n\r\n\rb\n"), ElementsAre("a", "", "", "b"));
    EXPECT_THAT(lines_of("\n"), ElementsAre(""));
    EXPECT_TRUE(lines_of("").empty());
}

TEST(PlainTextTest, TrimsSpacesAndTabs) {
    EXPECT_EQ(trimmed(" \ta b\t "), "a b");
    EXPECT_EQ(trimmed(" \t"), "");
}

}  // namespace
}  // namespace vkm
