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

TEST(AFewTest, NamesTheFirstAndCountsTheRest) {
    const std::vector<std::string> names{"a", "b\n", "c", "d", "e", "f", "g"};
    const std::span all(names);
    EXPECT_EQ(a_few(all.first(1)), "'a'");
    EXPECT_EQ(a_few(all.first(2)), "'a' and 'b?'");
    EXPECT_EQ(a_few(all.first(5)), "'a', 'b?', 'c', 'd' and 'e'");
    EXPECT_EQ(a_few(all), "'a', 'b?', 'c', 'd' and 3 more");
}

TEST(DidYouMeanTest, NamesTheWordThatWasMeantIfOneWas) {
    const std::vector<std::string_view> words{"kernel", "expanded", "expansion", "out"};
    EXPECT_EQ(did_you_mean("kernal", words), " (did you mean 'kernel'?)");
    EXPECT_EQ(did_you_mean("expandet", words), " (did you mean 'expanded'?)");
    EXPECT_EQ(did_you_mean("expension", words), " (did you mean 'expansion'?)");
    EXPECT_EQ(did_you_mean("", words), "");
    EXPECT_EQ(did_you_mean("bogus", words), "");
    EXPECT_EQ(did_you_mean("kernel", {}), "");
    EXPECT_EQ(did_you_mean(std::string(100000, 'k'), words), "");  // in little time
}

}  // namespace
}  // namespace vkm
