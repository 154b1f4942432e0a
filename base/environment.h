#pragma once

#include <filesystem>
#include <string>

namespace vkm {

/// Returns a variable of the environment as UTF-8; empty where it is not set.
std::string environment(const char* name);

/// Sets a variable of the environment, unless it is set.
void set_default_environment(const char* name, const char* value);

/// Returns the folder of the user's own files; empty where the environment names none.
std::filesystem::path home_folder();

/// Returns the folder in which the user's programs keep what they can make again; empty where the
/// environment names none.
std::filesystem::path user_cache_folder();

}  // namespace vkm
