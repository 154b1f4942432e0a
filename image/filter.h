#pragma once

#include <base/preparation.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace vkm::image {

/// Weights are multiples of 2^-22: an 8-bit value times a sum of weights near 1 then fits a signed 32-bit
/// integer.
inline constexpr int weight_bits = 32 - 8 - 2;

/// Holds two weights, each in two parts, low + 2^15 high: processors multiply pairs of 16-bit integers and
/// add the products in one step.
struct WeightPair {
    static constexpr int low_bits = 15;

    int16_t low[2], high[2];

    int32_t operator[](int i) const { return low[i] + (int32_t{high[i]} << low_bits); }
};

/// Computes one output position: the sum over i of the i-th weight times source[first + i]. Weights of 0
/// follow, to a multiple of four.
struct Taps {
    int first = 0, count = 0;
    const WeightPair* pairs = nullptr;

    int32_t weight(int i) const { return pairs[i / 2][i % 2]; }
};

/// Holds the taps of output positions `begin` .. `begin + count - 1`, when `source` samples are scaled to
/// `target`: a triangle's, or of cubics with a = -1/2, as wide as an output pixel where that is wider.
class ResizeFilter {
  public:
    ResizeFilter(Interpolation, int source, int target, int begin, int count);

    /// Counts the source's samples from number `first` on, as where those before it are not at hand.
    void count_from(int first);

    Taps at(int position) const {
        const Bounds& bounds = bounds_[static_cast<size_t>(position - begin_)];
        return {bounds.first, bounds.count, &pairs_[static_cast<size_t>(position - begin_) * stride_]};
    }

  private:
    struct Bounds {
        int first, count;
    };
    int begin_;
    size_t stride_;  ///< pairs of a position
    std::vector<Bounds> bounds_;
    std::vector<WeightPair> pairs_;
};

/// Names rows of pixels, each of row_bytes, one every `stride` bytes.
struct Rows {
    const uint8_t* data;
    size_t count, row_bytes, stride;

    const uint8_t* operator[](size_t i) const { return data + stride * i; }
};

/// Filters in one of the ways that a processor can.
struct FilterMethod {
    const char* name;
    /// Filters every row of RGB pixels along itself: `out` gets positions left .. left + width - 1 of the
    /// rows, one row behind another.
    void (*along)(const Rows& rows, const ResizeFilter& columns, int left, size_t width, uint8_t* out);
    /// Filters taps.count rows across into one.
    void (*across)(const Rows& rows, const Taps& taps, uint8_t* out);
};

/// Returns what this processor can do, the fastest first and plain loops last. All give the same bits.
std::span<const FilterMethod> filter_methods();

}  // namespace vkm::image
