#include <base/open_file.h>

namespace vkm {

std::FILE* open_to_read(const std::filesystem::path& path) {
    return ::_wfopen(path.c_str(), L"rb");
}

}  // namespace vkm
