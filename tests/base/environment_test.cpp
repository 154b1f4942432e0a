#include <base/environment.h>

#include <gtest/gtest.h>

namespace vkm {
namespace {

TEST(EnvironmentTest, ADefaultIsForVariablesThatAreNotSet) {
    constexpr const char* name = "VKMBV3_TEST_ENVIRONMENT";
    EXPECT_EQ(environment(name), "");
    set_default_environment(name, "été");
    EXPECT_EQ(environment(name), "été");
    set_default_environment(name, "hiver");
    EXPECT_EQ(environment(name), "été");
}

}  // namespace
}  // namespace vkm
