#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace vkm::windows {

/// Returns a text of the registry, below HKEY_LOCAL_MACHINE, as UTF-8; empty where it is not there.
std::string registry_text(const wchar_t* key, const wchar_t* name);

/// Returns a number of the registry, below HKEY_LOCAL_MACHINE; 0 where it is not there.
uint32_t registry_number(const wchar_t* key, const wchar_t* name);

/// Returns the names of a key's values, below HKEY_LOCAL_MACHINE, as UTF-8.
std::vector<std::string> registry_names(const wchar_t* key);

}  // namespace vkm::windows
