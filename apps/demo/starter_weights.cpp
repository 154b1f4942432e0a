#include "starter_weights.h"

namespace vkm::demo {

namespace fs = std::filesystem;

fs::path starter_weights() {
    std::error_code unknown;
    const fs::path folder = fs::read_symlink("/proc/self/exe", unknown).parent_path();
    for (const fs::path& file :
         {folder / "starter.safetensors", folder / "../share/vkmbv3/starter.safetensors",
          fs::path(VKM_STARTER_WEIGHTS)})
        if (!file.empty() && fs::is_regular_file(file, unknown)) return file.lexically_normal();
    return {};
}

}  // namespace vkm::demo
