#include <engine/plan/driver_environment.h>
#include <gmock/gmock.h>
#include <stdlib.h>

#include <string>

namespace vkm::engine {
namespace {

using testing::IsEmpty;
using testing::StrEq;

TEST(DriverEnvironmentTest, AProcessorWithoutWideVectorsNeedsNothing) {
    EXPECT_THAT(driver_settings({}), IsEmpty());
}

TEST(DriverEnvironmentTest, LlvmpipeUsesTheWholeWidth) {
    const auto settings = driver_settings({.fast_512_bit_vectors = true});
    ASSERT_EQ(settings.size(), 1u);
    EXPECT_THAT(settings[0].variable, StrEq("LP_NATIVE_VECTOR_WIDTH"));
    EXPECT_THAT(settings[0].value, StrEq("512"));
}

TEST(DriverEnvironmentTest, LlvmpipeDrawsWithItsOwnWidth) {
    EXPECT_THAT(driver_settings({.fast_512_bit_vectors = true}, /*draws=*/true), IsEmpty());
}

TEST(DriverEnvironmentTest, WhatTheUserSetStays) {
    const char* const variable = "LP_NATIVE_VECTOR_WIDTH";
    const char* const found = ::getenv(variable);
    const std::string before = found ? found : "";
    ::setenv(variable, "128", 1);
    set_driver_environment();
    EXPECT_THAT(::getenv(variable), StrEq("128"));
    if (found)
        ::setenv(variable, before.c_str(), 1);
    else
        ::unsetenv(variable);
}

}  // namespace
}  // namespace vkm::engine
