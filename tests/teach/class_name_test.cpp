#include <teach/class_name.h>
#include <teach/teach_error.h>

#include <gtest/gtest.h>

namespace vkm::teach {
namespace {

TEST(ClassNameTest, IsKeptWithoutTheSpacesAroundIt) {
    EXPECT_EQ(checked_class_name("  my mug\t"), "my mug");
    EXPECT_EQ(checked_class_name("Тасс – 茶碗"), "Тасс – 茶碗");
}

TEST(ClassNameTest, IsAFoldersNameOnEverySystem) {
    for (const std::string name : {"", "  ", "a/b", "a\\b", "a:b", "a*", "what?", "\"", "<", ">", "|", "a\nb",
                                   ".hidden", "..", "end.", "\xff\xfe"})
        EXPECT_THROW(checked_class_name(name), TeachError) << name;
    EXPECT_THROW(checked_class_name(std::string(81, 'x')), TeachError);
    EXPECT_EQ(checked_class_name(std::string(80, 'x')).size(), 80u);
}

}  // namespace
}  // namespace vkm::teach
