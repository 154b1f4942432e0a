#pragma once

#include <image/decode/format.h>

namespace vkm::image {

/// Reads a file from front to back; throws ImageError where it ends too early.
class LittleEndianReader {
  public:
    explicit LittleEndianReader(Bytes file, size_t at = 0) : left_(file) { bytes(at); }

    Bytes bytes(size_t count) {
        if (count > left_.size()) throw ImageError(truncated);
        const Bytes result = left_.first(count);
        left_ = left_.subspan(count);
        return result;
    }
    Bytes left() const { return left_; }
    uint8_t u8() { return bytes(1)[0]; }
    uint16_t u16() {
        const Bytes b = bytes(2);
        return static_cast<uint16_t>(b[0] | b[1] << 8);
    }
    uint32_t u32() {
        const uint32_t low = u16();
        return low | uint32_t{u16()} << 16;
    }

  private:
    Bytes left_;
};

}  // namespace vkm::image
