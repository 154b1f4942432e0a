#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace vkm {

/// Returns the number by which the system knows this process.
uint64_t process_id();

/// Returns the file that this process runs; empty where the system does not say.
std::filesystem::path program_file();

/// Returns what the program was started with, its own name first, as UTF-8. `argc` and `argv` are main()'s.
std::vector<std::string> program_arguments(int argc, char** argv);

/// Returns the processor time that this process has used, in seconds.
double processor_seconds();

}  // namespace vkm
