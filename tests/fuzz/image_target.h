#pragma once

#include <image/decode/decode.h>

#include <cstdlib>

#include "support/bytes.h"
#include "support/image_samples.h"

namespace vkm::test {

/// Checks, for every image format, that an accepted file has all of its pixels, and gives the same again.
inline int decode_for_fuzzing(const uint8_t* data, size_t size, const image::DecodeOptions& options = {}) {
    image::Image first;
    try {
        first = image::decode_image({data, size}, "fuzz", options);
    } catch (const image::ImageError&) {
        return -1;
    }
    if (first.rgb.size() != size_t{3} * first.width * first.height) std::abort();
    constexpr size_t quick = 1 << 20;
    if (first.rgb.size() <= quick && first.rgb != image::decode_image({data, size}, "fuzz", options).rgb)
        std::abort();
    return 0;
}

inline std::vector<std::string> image_seeds(const std::vector<std::string>& endings) {
    std::vector<std::string> seeds;
    for (const std::string& name : image_samples(endings))
        seeds.push_back(file_content(image_samples_folder() / name));
    return seeds;
}

}  // namespace vkm::test
