#include "text.h"

#include <base/environment.h>

#include <cstdlib>

namespace vkm {

std::string environment(const char* name) {
    const wchar_t* value = ::_wgetenv(windows::to_utf16(name).c_str());
    return value ? windows::to_utf8(value) : "";
}

void set_default_environment(const char* name, const char* value) {
    if (environment(name).empty())
        ::_wputenv_s(windows::to_utf16(name).c_str(), windows::to_utf16(value).c_str());
}

std::filesystem::path home_folder() {
    return environment("USERPROFILE");
}

std::filesystem::path user_cache_folder() {
    return environment("LOCALAPPDATA");
}

}  // namespace vkm
