#include <image/filter.h>

#include <algorithm>
#include <cmath>
#include <cstring>

#if defined(__SSE2__)
#include <immintrin.h>
#endif

namespace vkm::image {
namespace {

constexpr int32_t half = 1 << (weight_bits - 1);

int32_t round_half_up(double value) {
    return static_cast<int32_t>(std::floor(value + 0.5));
}

int32_t round_half_away(double value) {
    return static_cast<int32_t>(value < 0 ? value - 0.5 : value + 0.5);
}

/// Describes a function of the distance from a pixel's middle. It is zero from `support` on.
struct Kernel {
    double support;
    double (*at)(double);
};

double triangle(double x) {
    return std::max(0.0, 1.0 - std::abs(x));
}

/// Returns Keys' cubic with a = -1/2, evaluated as Pillow does.
double cubic(double x) {
    constexpr double a = -0.5;
    x = std::abs(x);
    if (x < 1) return ((a + 2) * x - (a + 3)) * x * x + 1;
    if (x < 2) return (((x - 5) * x + 8) * x - 4) * a;
    return 0;
}

const Kernel& kernel_of(Interpolation interpolation) {
    static constexpr Kernel kernels[] = {{1, triangle}, {2, cubic}};
    return kernels[static_cast<size_t>(interpolation)];
}

uint8_t to_byte(int32_t sum) {
    return static_cast<uint8_t>(std::clamp(sum >> weight_bits, 0, 255));
}

void filter_pixel(const uint8_t* row, const Taps& taps, uint8_t* out) {
    int32_t sums[3] = {half, half, half};
    const uint8_t* pixel = row + size_t{3} * taps.first;
    for (int i = 0; i < taps.count; ++i, pixel += 3) {
        for (int c = 0; c < 3; ++c)
            sums[c] += pixel[c] * taps.weight(i);
    }
    std::transform(sums, sums + 3, out, to_byte);
}

/// Filters bytes across, from byte `from` on.
void filter_bytes_across(const Rows& rows, const Taps& taps, uint8_t* out, size_t from) {
    constexpr size_t block = 256;  // so that the sums stay in the first cache
    for (size_t begin = from; begin < rows.row_bytes; begin += block) {
        const size_t count = std::min(block, rows.row_bytes - begin);
        int32_t sums[block];
        std::fill_n(sums, count, half);
        for (int i = 0; i < taps.count; ++i) {
            const uint8_t* row = rows[static_cast<size_t>(i)] + begin;
            const int32_t weight = taps.weight(i);
            for (size_t x = 0; x < count; ++x)
                sums[x] += row[x] * weight;
        }
        std::transform(sums, sums + count, out + begin, to_byte);
    }
}

void filter_along_plainly(const Rows& rows, const ResizeFilter& columns, int left, size_t width,
                          uint8_t* out) {
    for (size_t y = 0; y < rows.count; ++y) {
        for (size_t x = 0; x < width; ++x, out += 3)
            filter_pixel(rows[y], columns.at(left + static_cast<int>(x)), out);
    }
}

void filter_across_plainly(const Rows& rows, const Taps& taps, uint8_t* out) {
    filter_bytes_across(rows, taps, out, 0);
}

#if defined(__SSE2__)

/// Filters one position of four rows.
void filter_pixels(const Rows& rows, const Taps& taps, uint8_t* out, size_t out_stride) {
    for (size_t r = 0; r < 4; ++r)
        filter_pixel(rows[r], taps, out + out_stride * r);
}

/// Holds four sums of products with pairs of weights.
struct Sums {
    __m128i low = _mm_setzero_si128(), high = _mm_setzero_si128();

    /// Each lane of `values` holds two 8-bit values in 16 bits each, each lane of the weights a pair's parts.
    void add(__m128i values, __m128i weights_low, __m128i weights_high) {
        low = _mm_add_epi32(low, _mm_madd_epi16(values, weights_low));
        high = _mm_add_epi32(high, _mm_madd_epi16(values, weights_high));
    }
    __m128i rounded() const {
        const __m128i sum = _mm_add_epi32(_mm_slli_epi32(high, WeightPair::low_bits), low);
        return _mm_srai_epi32(_mm_add_epi32(sum, _mm_set1_epi32(half)), weight_bits);
    }
};

/// Holds a pair's parts in every lane.
struct Weights {
    explicit Weights(const WeightPair& pair) {
        const __m128i both = _mm_loadl_epi64(reinterpret_cast<const __m128i*>(&pair));
        low = _mm_shuffle_epi32(both, 0x00);
        high = _mm_shuffle_epi32(both, 0x55);
    }
    __m128i low, high;
};

__m128i load_8(const uint8_t* bytes) {
    return _mm_loadl_epi64(reinterpret_cast<const __m128i*>(bytes));
}

/// Filters four rows along themselves. Reads pixels in twos: eight bytes, two more than they have.
void filter_four(const Rows& rows, const ResizeFilter& columns, int left, size_t width, uint8_t* out) {
    constexpr size_t pair_bytes = 6, read_bytes = 8;
    const __m128i zero = _mm_setzero_si128();
    for (size_t x = 0; x < width; ++x, out += 3) {
        const Taps taps = columns.at(left + static_cast<int>(x));
        const size_t start = size_t{3} * taps.first, pairs = (static_cast<size_t>(taps.count) + 1) / 2;
        if (start + pair_bytes * (pairs - 1) + read_bytes > rows.row_bytes) {
            filter_pixels(rows, taps, out, 3 * width);
            continue;
        }
        Sums sums[4];
        for (size_t i = 0; i < pairs; ++i) {
            const Weights weights(taps.pairs[i]);
            for (size_t r = 0; r < 4; ++r) {
                const __m128i two = load_8(rows[r] + start + pair_bytes * i);
                const __m128i by_channel = _mm_unpacklo_epi8(two, _mm_srli_si128(two, 3));
                sums[r].add(_mm_unpacklo_epi8(by_channel, zero), weights.low, weights.high);
            }
        }
        const __m128i bytes = _mm_packus_epi16(_mm_packs_epi32(sums[0].rounded(), sums[1].rounded()),
                                               _mm_packs_epi32(sums[2].rounded(), sums[3].rounded()));
        alignas(16) uint8_t four[16];
        _mm_store_si128(reinterpret_cast<__m128i*>(four), bytes);
        for (size_t r = 0; r < 4; ++r)
            std::memcpy(out + 3 * width * r, four + 4 * r, 3);
    }
}

/// Does the same with AVX2: two rows side by side, pixels in fours, for which it reads 16 bytes.
[[gnu::target("avx2")]] void filter_four_avx2(const Rows& rows, const ResizeFilter& columns, int left,
                                              size_t width, uint8_t* out) {
    constexpr size_t four_bytes = 12, read_bytes = 16;
    // Two values of each channel as 16-bit integers.
    const __m256i first_two =
        _mm256_broadcastsi128_si256(_mm_setr_epi8(0, -1, 3, -1, 1, -1, 4, -1, 2, -1, 5, -1, -1, -1, -1, -1));
    const __m256i next_two = _mm256_broadcastsi128_si256(
        _mm_setr_epi8(6, -1, 9, -1, 7, -1, 10, -1, 8, -1, 11, -1, -1, -1, -1, -1));
    const uint8_t* const row[4] = {rows[0], rows[1], rows[2], rows[3]};
    for (size_t x = 0; x < width; ++x, out += 3) {
        const Taps taps = columns.at(left + static_cast<int>(x));
        const size_t start = size_t{3} * taps.first, fours = (static_cast<size_t>(taps.count) + 3) / 4;
        if (start + four_bytes * (fours - 1) + read_bytes > rows.row_bytes) {
            filter_pixels(rows, taps, out, 3 * width);
            continue;
        }
        __m256i low[2] = {_mm256_setzero_si256(), _mm256_setzero_si256()}, high[2] = {low[0], low[0]};
        for (size_t i = 0; i < fours; ++i) {
            int32_t weights[4];  // low and high of one pair, and of the next
            std::memcpy(weights, &taps.pairs[2 * i], sizeof(weights));
            const size_t at = start + four_bytes * i;
            for (size_t r = 0; r < 2; ++r) {
                const __m256i both = _mm256_loadu2_m128i(reinterpret_cast<const __m128i*>(row[r + 2] + at),
                                                         reinterpret_cast<const __m128i*>(row[r] + at));
                const __m256i a = _mm256_shuffle_epi8(both, first_two);
                const __m256i b = _mm256_shuffle_epi8(both, next_two);
                low[r] = _mm256_add_epi32(
                    low[r], _mm256_add_epi32(_mm256_madd_epi16(a, _mm256_set1_epi32(weights[0])),
                                             _mm256_madd_epi16(b, _mm256_set1_epi32(weights[2]))));
                high[r] = _mm256_add_epi32(
                    high[r], _mm256_add_epi32(_mm256_madd_epi16(a, _mm256_set1_epi32(weights[1])),
                                              _mm256_madd_epi16(b, _mm256_set1_epi32(weights[3]))));
            }
        }
        for (size_t r = 0; r < 2; ++r) {
            low[r] = _mm256_add_epi32(low[r], _mm256_slli_epi32(high[r], WeightPair::low_bits));
            low[r] = _mm256_srai_epi32(_mm256_add_epi32(low[r], _mm256_set1_epi32(half)), weight_bits);
        }
        // Rows 0 and 1 come to lie in the lower half, 2 and 3 in the upper.
        const __m256i words = _mm256_packs_epi32(low[0], low[1]);
        alignas(32) uint8_t bytes[32];
        _mm256_store_si256(reinterpret_cast<__m256i*>(bytes), _mm256_packus_epi16(words, words));
        for (size_t r = 0; r < 4; ++r)
            std::memcpy(out + 3 * width * r, bytes + 16 * (r / 2) + 4 * (r % 2), 3);
    }
}

template <void filter(const Rows&, const ResizeFilter&, int, size_t, uint8_t*)>
void filter_along_in_fours(const Rows& rows, const ResizeFilter& columns, int left, size_t width,
                           uint8_t* out) {
    const size_t fours = rows.count / 4 * 4;
    const auto from = [&](size_t y) { return Rows{rows[y], rows.count - y, rows.row_bytes, rows.stride}; };
    for (size_t y = 0; y < fours; y += 4)
        filter(from(y), columns, left, width, out + 3 * width * y);
    filter_along_plainly(from(fours), columns, left, width, out + 3 * width * fours);
}

/// Filters bytes across, as many as come in eights. Returns how many those are.
size_t filter_eights(const Rows& rows, const Taps& taps, uint8_t* out) {
    constexpr size_t step = 8;
    const __m128i zero = _mm_setzero_si128();
    size_t x = 0;
    for (; x + step <= rows.row_bytes; x += step) {
        Sums first, second;
        for (int i = 0; i < taps.count; i += 2) {
            const uint8_t* bytes = rows[static_cast<size_t>(i)] + x;
            const __m128i next = i + 1 < taps.count ? load_8(bytes + rows.stride) : zero;
            const __m128i two = _mm_unpacklo_epi8(load_8(bytes), next);
            const Weights weights(taps.pairs[i / 2]);
            first.add(_mm_unpacklo_epi8(two, zero), weights.low, weights.high);
            second.add(_mm_unpackhi_epi8(two, zero), weights.low, weights.high);
        }
        const __m128i words = _mm_packs_epi32(first.rounded(), second.rounded());
        _mm_storel_epi64(reinterpret_cast<__m128i*>(out + x), _mm_packus_epi16(words, zero));
    }
    return x;
}

/// Does the same in sixteens, with AVX2.
[[gnu::target("avx2")]] size_t filter_sixteens(const Rows& rows, const Taps& taps, uint8_t* out) {
    constexpr size_t step = 16;
    const __m256i rounding = _mm256_set1_epi32(half);
    size_t x = 0;
    for (; x + step <= rows.row_bytes; x += step) {
        __m256i low[2] = {rounding, rounding}, high[2] = {_mm256_setzero_si256(), _mm256_setzero_si256()};
        for (int i = 0; i < taps.count; i += 2) {
            const uint8_t* bytes = rows[static_cast<size_t>(i)] + x;
            const __m128i a = _mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes));
            const uint8_t* below =
                i + 1 < taps.count ? bytes + rows.stride : bytes;  // times 0 where there is none
            const __m128i b = _mm_loadu_si128(reinterpret_cast<const __m128i*>(below));
            const __m256i values[2] = {_mm256_cvtepu8_epi16(_mm_unpacklo_epi8(a, b)),
                                       _mm256_cvtepu8_epi16(_mm_unpackhi_epi8(a, b))};
            int32_t weights[2];
            std::memcpy(weights, &taps.pairs[i / 2], sizeof(weights));
            for (size_t h = 0; h < 2; ++h) {
                low[h] =
                    _mm256_add_epi32(low[h], _mm256_madd_epi16(values[h], _mm256_set1_epi32(weights[0])));
                high[h] =
                    _mm256_add_epi32(high[h], _mm256_madd_epi16(values[h], _mm256_set1_epi32(weights[1])));
            }
        }
        for (size_t h = 0; h < 2; ++h) {
            const __m256i sum = _mm256_add_epi32(low[h], _mm256_slli_epi32(high[h], WeightPair::low_bits));
            low[h] = _mm256_srai_epi32(sum, weight_bits);
        }
        // Packing works on halves: 0..3, 8..11 and 4..7, 12..15 come out, in words and then in bytes.
        const __m256i words = _mm256_permute4x64_epi64(_mm256_packs_epi32(low[0], low[1]), 0b11011000);
        const __m128i bytes =
            _mm_packus_epi16(_mm256_castsi256_si128(words), _mm256_extracti128_si256(words, 1));
        _mm_storeu_si128(reinterpret_cast<__m128i*>(out + x), bytes);
    }
    return x;
}

template <size_t filter(const Rows&, const Taps&, uint8_t*)>
void filter_across_in_steps(const Rows& rows, const Taps& taps, uint8_t* out) {
    const size_t done = filter(rows, taps, out);
    filter_bytes_across(rows, taps, out, done);
}

#endif

}  // namespace

ResizeFilter::ResizeFilter(Interpolation interpolation, int source, int target, int begin, int count)
    : begin_(begin) {
    const Kernel& kernel = kernel_of(interpolation);
    const double scale = static_cast<double>(source) / target;
    // A kernel's unit is a sample, or an output pixel if that is wider.
    const double unit = std::max(scale, 1.0), support = kernel.support * unit;
    stride_ = (static_cast<size_t>(std::ceil(support)) + 2) / 2 * 2;  // whole fours of taps
    bounds_.resize(static_cast<size_t>(count));
    pairs_.resize(static_cast<size_t>(count) * stride_);
    std::vector<double> exact(2 * stride_);
    for (int i = 0; i < count; ++i) {
        const double center = (begin + i + 0.5) * scale;
        const int first = std::max(round_half_up(center - support), 0);
        const int last = std::min(round_half_up(center + support), source);
        double sum = 0;
        for (int x = first; x < last; ++x) {
            const double weight = kernel.at((x - center + 0.5) * (1.0 / unit));
            exact[static_cast<size_t>(x - first)] = weight;
            sum += weight;
        }
        bounds_[static_cast<size_t>(i)] = {first, last - first};
        WeightPair* pairs = &pairs_[static_cast<size_t>(i) * stride_];
        for (int x = 0; x < last - first; ++x) {
            const double share =
                sum != 0 ? exact[static_cast<size_t>(x)] / sum : exact[static_cast<size_t>(x)];
            const int32_t weight = round_half_away(share * (1 << weight_bits));
            pairs[x / 2].low[x % 2] = static_cast<int16_t>(weight & ((1 << WeightPair::low_bits) - 1));
            pairs[x / 2].high[x % 2] = static_cast<int16_t>(weight >> WeightPair::low_bits);
        }
    }
}

void ResizeFilter::count_from(int first) {
    for (Bounds& bounds : bounds_)
        bounds.first -= first;
}

std::span<const FilterMethod> filter_methods() {
    static const std::vector<FilterMethod> methods = [] {
        std::vector<FilterMethod> found;
#if defined(__SSE2__)
        if (__builtin_cpu_supports("avx2")) {
            found.push_back(
                {"AVX2", filter_along_in_fours<filter_four_avx2>, filter_across_in_steps<filter_sixteens>});
        }
        found.push_back({"SSE2", filter_along_in_fours<filter_four>, filter_across_in_steps<filter_eights>});
#endif
        found.push_back({"plain", filter_along_plainly, filter_across_plainly});
        return found;
    }();
    return methods;
}

}  // namespace vkm::image
