#include <image/resize.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <stdexcept>

namespace vkm::image {
namespace {

/// Weights are multiples of 2^-22: an 8-bit value times a sum of weights near 1 then fits a signed 32-bit
/// integer.
constexpr int precision_bits = 32 - 8 - 2;
constexpr int32_t half = 1 << (precision_bits - 1);

int32_t round_half_up(double value) {
    return static_cast<int32_t>(std::floor(value + 0.5));
}

/// One output position: sum over i of weights[i] * source[first + i].
struct Taps {
    int first = 0, count = 0;
    const int32_t* weights = nullptr;
};

/// Filter taps of output positions `begin` .. `begin + count - 1`, when `source` samples are scaled to
/// `target`.
class Filter {
  public:
    Filter(int source, int target, int begin, int count) : begin_(begin) {
        const double scale = static_cast<double>(source) / target;
        const double support =
            std::max(scale, 1.0);  // the triangle reaches 1 sample, or 1 output pixel if that is wider
        stride_ = static_cast<int>(std::ceil(support)) * 2 + 1;
        bounds_.resize(static_cast<size_t>(count));
        weights_.resize(static_cast<size_t>(count) * stride_);
        std::vector<double> exact(static_cast<size_t>(stride_));
        for (int i = 0; i < count; ++i) {
            const double center = (begin + i + 0.5) * scale;
            const int first = std::max(round_half_up(center - support), 0);
            const int last = std::min(round_half_up(center + support), source);
            double sum = 0;
            for (int x = first; x < last; ++x) {
                const double weight = std::max(0.0, 1.0 - std::abs((x - center + 0.5) * (1.0 / support)));
                exact[static_cast<size_t>(x - first)] = weight;
                sum += weight;
            }
            bounds_[static_cast<size_t>(i)] = {first, last - first};
            int32_t* weights = &weights_[static_cast<size_t>(i) * stride_];
            for (int x = 0; x < last - first; ++x) {
                const double weight =
                    sum != 0 ? exact[static_cast<size_t>(x)] / sum : exact[static_cast<size_t>(x)];
                weights[x] = round_half_up(weight * (1 << precision_bits));
            }
        }
    }

    Taps at(int position) const {
        const auto i = static_cast<size_t>(position - begin_);
        return {bounds_[i].first, bounds_[i].count, &weights_[i * stride_]};
    }

  private:
    struct Bounds {
        int first, count;
    };
    int begin_, stride_ = 0;
    std::vector<Bounds> bounds_;
    std::vector<int32_t> weights_;
};

uint8_t to_byte(int32_t sum) {
    return static_cast<uint8_t>(std::clamp(sum >> precision_bits, 0, 255));
}

/// Rows of `width` filtered RGB pixels; `columns` covers positions left .. left + width - 1.
void filter_row(const uint8_t* source, const Filter& columns, int left, int width, uint8_t* out) {
    for (int x = 0; x < width; ++x) {
        const Taps taps = columns.at(left + x);
        int32_t r = half, g = half, b = half;
        const uint8_t* pixel = source + size_t{3} * taps.first;
        for (int i = 0; i < taps.count; ++i, pixel += 3) {
            r += pixel[0] * taps.weights[i];
            g += pixel[1] * taps.weights[i];
            b += pixel[2] * taps.weights[i];
        }
        *out++ = to_byte(r);
        *out++ = to_byte(g);
        *out++ = to_byte(b);
    }
}

bool inside(const Rectangle& region, int height, int width) {
    return region.top >= 0 && region.left >= 0 && region.height > 0 && region.width > 0 &&
           region.top <= height - region.height && region.left <= width - region.width;
}

}  // namespace

void resize_bilinear(const Image& source, const Resize& geometry, std::span<uint8_t> out) {
    const auto& [crop, height, width, window] = geometry;
    const size_t row_bytes = size_t{3} * window.width;
    if (!inside(crop, source.height, source.width) || !inside(window, height, width) ||
        out.size() != row_bytes * window.height) {
        throw std::invalid_argument("resize_bilinear: a region lies outside of the image it cuts");
    }
    const auto source_row = [&, &crop = crop](int y) {
        return source.rgb.data() + (size_t{3} * source.width) * (crop.top + y) + size_t{3} * crop.left;
    };
    if (height == crop.height && width == crop.width) {
        for (int y = 0; y < window.height; ++y) {
            std::memcpy(out.data() + y * row_bytes, source_row(window.top + y) + size_t{3} * window.left,
                        row_bytes);
        }
        return;
    }

    const Filter columns(crop.width, width, window.left, window.width);
    const Filter rows(crop.height, height, window.top, window.height);
    const int first_row = rows.at(window.top).first;
    const Taps last = rows.at(window.top + window.height - 1);
    const int row_count = last.first + last.count - first_row;
    std::vector<uint8_t> narrowed(row_bytes * row_count);
    for (int y = 0; y < row_count; ++y) {
        filter_row(source_row(first_row + y), columns, window.left, window.width, &narrowed[y * row_bytes]);
    }

    std::vector<int32_t> sums(row_bytes);
    for (int y = 0; y < window.height; ++y) {
        const Taps taps = rows.at(window.top + y);
        std::fill(sums.begin(), sums.end(), half);
        for (int i = 0; i < taps.count; ++i) {
            const uint8_t* row = &narrowed[(taps.first - first_row + i) * row_bytes];
            const int32_t weight = taps.weights[i];
            for (size_t x = 0; x < row_bytes; ++x)
                sums[x] += row[x] * weight;
        }
        std::transform(sums.begin(), sums.end(), out.begin() + static_cast<ptrdiff_t>(y * row_bytes),
                       to_byte);
    }
}

Image resize_bilinear(const Image& source, const Resize& geometry) {
    Image result{geometry.window.height, geometry.window.width, {}};
    result.rgb.resize(size_t{3} * result.height * result.width);
    resize_bilinear(source, geometry, result.rgb);
    return result;
}

}  // namespace vkm::image
