#pragma once

#include <cstdio>
#include <filesystem>

namespace vkm {

/// Opens a file for reading its bytes, as std::fopen() does, whatever letters its path has.
std::FILE* open_to_read(const std::filesystem::path&);

}  // namespace vkm
