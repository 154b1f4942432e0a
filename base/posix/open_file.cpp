#include <base/open_file.h>

namespace vkm {

std::FILE* open_to_read(const std::filesystem::path& path) {
    return std::fopen(path.c_str(), "rb");
}

}  // namespace vkm
