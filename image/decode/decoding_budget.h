#pragma once

#include <cstddef>

namespace vkm::image {

/// While it lives, a buffer that stb_image lets grow on this thread may take so many bytes: it believes
/// compressed data, not the header, about how much there is to inflate.
class DecodingBudget {
  public:
    explicit DecodingBudget(size_t bytes);
    ~DecodingBudget();
    DecodingBudget(const DecodingBudget&) = delete;
};

}  // namespace vkm::image
