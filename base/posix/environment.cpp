#include <base/environment.h>

#include <cstdlib>

namespace vkm {

std::string environment(const char* name) {
    const char* value = std::getenv(name);
    return value ? value : "";
}

void set_default_environment(const char* name, const char* value) {
    ::setenv(name, value, /*overwrite=*/0);
}

std::filesystem::path home_folder() {
    return environment("HOME");
}

std::filesystem::path user_cache_folder() {
    if (const std::string xdg = environment("XDG_CACHE_HOME"); !xdg.empty()) return xdg;
    const std::filesystem::path home = home_folder();
    return home.empty() ? home : home / ".cache";
}

}  // namespace vkm
