#include <base/unfinished_files.h>

#include <string>
#include <system_error>

namespace vkm {

namespace fs = std::filesystem;

void remove_unfinished_files(const fs::path& folder) {
    std::error_code failed, ignored;
    for (fs::directory_iterator at(folder, failed); !failed && at != fs::directory_iterator();
         at.increment(failed)) {
        const std::string name = at->path().filename().string();
        if (name.starts_with('.') && name.ends_with(".tmp")) fs::remove(at->path(), ignored);
    }
}

}  // namespace vkm
