#include <fuzz/fuzz_target.h>
#include <fuzz/image_target.h>

/// Decodes whole and scaled down: a file that is read in one way is read in the other.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const int whole = vkm::test::decode_for_fuzzing(data, size);
    if (vkm::test::decode_for_fuzzing(data, size, {.at_least = 5}) != whole) std::abort();
    return whole;
}

std::vector<std::string> vkm::test::fuzz_seeds() {
    return image_seeds({".jpg"});
}
