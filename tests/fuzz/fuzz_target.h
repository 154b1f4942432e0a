#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

/// What a fuzz target defines. It feeds the bytes to a reader, lets pass the reader's typed error and nothing
/// else, and checks what the reader promises of an accepted input (abort() on failure).
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace vkm::test {

/// Accepted inputs to start from, between them using every feature of the format.
std::vector<std::string> fuzz_seeds();

}  // namespace vkm::test
