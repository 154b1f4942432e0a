#include <fuzz/fuzz_target.h>
#include <fuzz/image_target.h>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    return vkm::test::decode_for_fuzzing(data, size);
}

std::vector<std::string> vkm::test::fuzz_seeds() {
    return image_seeds({".pbm", ".pgm", ".ppm"});
}
