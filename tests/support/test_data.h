#pragma once

#include <test_data.h>

#include <cstdlib>
#include <filesystem>

namespace vkm {

/// Returns tests/data: the checkout's, or VKMBV3_TEST_DATA where the test programs were
/// moved to another machine.
inline std::filesystem::path test_data() {
    const char* moved = std::getenv("VKMBV3_TEST_DATA");
    return moved != nullptr ? moved : VKM_TEST_DATA;
}

}  // namespace vkm
