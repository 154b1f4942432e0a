#include <engine/error.h>
#include <engine/vulkan/check.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vkm::engine {
namespace {

template <typename E>
std::string message(VkResult result) {
    try {
        check(result, "device 3 (test)", "compiling kernel gemm");
    } catch (const E& error) {
        return error.what();
    }
    return "";
}

TEST(CheckTest, SuccessPasses) {
    EXPECT_NO_THROW(check(VK_SUCCESS, "d", "o"));
    EXPECT_NO_THROW(check(VK_INCOMPLETE, "d", "o"));
}

TEST(CheckTest, ResultsBecomeTypedErrorsThatNameDeviceAndOperation) {
    EXPECT_THAT(message<DeviceLost>(VK_ERROR_DEVICE_LOST),
                testing::StartsWith("device 3 (test): compiling kernel gemm: VK_ERROR_DEVICE_LOST"));
    EXPECT_THAT(message<OutOfDeviceMemory>(VK_ERROR_OUT_OF_DEVICE_MEMORY),
                testing::HasSubstr("VK_ERROR_OUT_OF_DEVICE_MEMORY"));
    EXPECT_THAT(message<OutOfDeviceMemory>(VK_ERROR_OUT_OF_HOST_MEMORY),
                testing::HasSubstr("VK_ERROR_OUT_OF_HOST_MEMORY"));
    EXPECT_THAT(message<DeviceTimeout>(VK_TIMEOUT), testing::HasSubstr("VK_TIMEOUT"));
    EXPECT_THAT(message<VulkanError>(VK_ERROR_FEATURE_NOT_PRESENT),
                testing::HasSubstr("VK_ERROR_FEATURE_NOT_PRESENT"));
}

TEST(CheckTest, UnknownResultsKeepTheirNumber) {
    EXPECT_THAT(message<VulkanError>(static_cast<VkResult>(-1000299000)), testing::HasSubstr("-1000299000"));
}

TEST(CheckTest, MessagesAreOneLine) {
    for (const VkResult result :
         {VK_ERROR_DEVICE_LOST, VK_ERROR_OUT_OF_DEVICE_MEMORY, VK_TIMEOUT, VK_ERROR_UNKNOWN})
        EXPECT_EQ(message<Error>(result).find('\n'), std::string::npos);
}

}  // namespace
}  // namespace vkm::engine
