#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

/// Feeds the bytes to a reader, lets pass the reader's typed error and nothing else, and checks what the
/// reader promises of an accepted input (abort() on failure). Every fuzz target defines it.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace vkm::test {

/// Returns accepted inputs to start from, which together use every feature of the format.
std::vector<std::string> fuzz_seeds();

}  // namespace vkm::test
