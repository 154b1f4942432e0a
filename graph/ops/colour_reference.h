#pragma once

#include <graph/host_tensor.h>
#include <graph/ops/colour_program.h>

#include <array>

namespace vkm::graph::ops {

using Pixel = std::array<int, 3>;

inline Pixel unpack_pixel(double word) {
    const auto bits = static_cast<uint32_t>(word);
    return {static_cast<int>(bits & 0xff), static_cast<int>(bits >> 8 & 0xff),
            static_cast<int>(bits >> 16 & 0xff)};
}
inline double pack_pixel(const Pixel& pixel) {
    return pixel[0] + 256.0 * pixel[1] + 65536.0 * pixel[2];
}

/// Runs one pass of one image's program, on the host: what the operators of colours.h are compared with. The few
/// fractions are fp32, rounded after every operation, as the kernels' are.
class ColourReference {
  public:
    /// `previous`: what the pass before left, or null for the first.
    ColourReference(const ColourProgram&, int64_t pass, int64_t image, const HostTensor& images,
                    const HostTensor& program, const HostTensor* previous, const HostTensor* tables);

    bool idle() const { return operation_ == end_; }
    /// Returns the number of the operation that wants statistics, or -1.
    int64_t wants_statistics() const { return statistics_; }
    /// Returns what the pass makes of a pixel.
    Pixel after(int64_t x, int64_t y) const { return after(end_, x, y); }
    /// Makes the table of the operation that wants statistics.
    std::array<Pixel, 256> table() const;

  private:
    Pixel source(int64_t x, int64_t y) const;
    Pixel after(int64_t end, int64_t x, int64_t y) const;
    Pixel smooth(int64_t x, int64_t y) const;
    Pixel moved(ColourKind, int64_t at, int64_t x, int64_t y) const;
    Pixel recoloured(int64_t operation, const Pixel&) const;
    int64_t words_of(int64_t operation) const;
    int64_t word(int64_t at) const;
    float number(int64_t at) const;

    ColourProgram layout_;
    int64_t image_, size_;
    const HostTensor &images_, &program_;
    const HostTensor *previous_, *tables_;
    int64_t operation_ = 0, end_ = 0, statistics_ = -1;
};

}  // namespace vkm::graph::ops
