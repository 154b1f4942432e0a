#include "starter_weights.h"

#include <base/process.h>

namespace vkm::demo {

namespace fs = std::filesystem;

fs::path starter_weights() {
    std::error_code unknown;
    const fs::path folder = program_file().parent_path();
    for (const char* place : {"starter.safetensors", "../share/vkmbv3/starter.safetensors"})
        if (fs::is_regular_file(folder / place, unknown)) return (folder / place).lexically_normal();
    return {};
}

}  // namespace vkm::demo
