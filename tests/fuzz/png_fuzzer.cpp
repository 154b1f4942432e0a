// The checksums of chunks are put right before they are read: they would keep most mutations out.

#include <fuzz/fuzz_target.h>
#include <fuzz/image_target.h>
#include <support/png_file.h>

namespace {

std::string with_right_checksums(const uint8_t* data, size_t size) {
    std::string file(reinterpret_cast<const char*>(data), size);
    constexpr size_t signature = 8, frame = 12;  // of a chunk: length, kind and checksum
    for (size_t at = signature; at + frame <= file.size();) {
        size_t length = 0;
        for (size_t i = 0; i < 4; ++i)
            length = length << 8 | static_cast<uint8_t>(file[at + i]);
        if (length > file.size() - at - frame) break;
        file.replace(at, length + frame,
                     vkm::test::png_chunk(file.substr(at + 4, 4), file.substr(at + 8, length)));
        at += length + frame;
    }
    return file;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const std::string file = with_right_checksums(data, size);
    return vkm::test::decode_for_fuzzing(reinterpret_cast<const uint8_t*>(file.data()), file.size());
}

std::vector<std::string> vkm::test::fuzz_seeds() {
    return image_seeds({".png"});
}
