#pragma once

#include <image/image.h>

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

namespace vkm::demo {

/// Holds one picture of a source. Nothing in it changes.
struct Frame {
    uint64_t number = 0;  ///< rises, over all sources of the program
    std::shared_ptr<const image::Image> picture;
    std::string name = {};  ///< "cat.jpg"; empty of cameras and videos
    std::chrono::steady_clock::time_point time = {};
};

}  // namespace vkm::demo
