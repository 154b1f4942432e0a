#pragma once

#include <graph/weights/network_file/network_file.h>

#include <array>
#include <map>

namespace vkm::graph {

/// Knows the sizes N, C, H, W of a network's values, with one image, as far as they follow from the images'.
class ImageSizes {
  public:
    using Sizes = std::array<int64_t, 4>;

    void set(FileValue value, const Sizes& sizes) { known_[value] = sizes; }

    /// Returns a value's sizes, or nullptr where they are not known.
    const Sizes* of(FileValue) const;

    /// Finds the sizes of what an operator makes.
    void follow(const FileNode&);

  private:
    std::map<FileValue, Sizes> known_;
};

}  // namespace vkm::graph
