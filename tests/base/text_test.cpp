#include <base/text.h>
#include <gtest/gtest.h>

#include <vector>

namespace vkm {
namespace {

TEST(ListedTest, JoinsWordsAsASentenceDoes) {
    const std::vector<std::string_view> words{"a", "b", "c"};
    EXPECT_EQ(listed(std::span(words).first(0), "or"), "");
    EXPECT_EQ(listed(std::span(words).first(1), "or"), "a");
    EXPECT_EQ(listed(std::span(words).first(2), "or"), "a or b");
    EXPECT_EQ(listed(words, "nor"), "a, b nor c");
}

}  // namespace
}  // namespace vkm
