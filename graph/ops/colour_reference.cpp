#include <graph/ops/colour_reference.h>
#include <graph/ops/colours.h>

#include <algorithm>
#include <bit>
#include <cmath>

namespace vkm::graph::ops {
namespace {

Pixel blended(const Pixel& from, const Pixel& to, float share) {
    Pixel pixel;
    for (size_t c = 0; c < 3; ++c) {
        const float mixed = static_cast<float>(from[c]) + share * static_cast<float>(to[c] - from[c]);
        pixel[c] = static_cast<int>(std::clamp(mixed, 0.0f, 255.0f));
    }
    return pixel;
}

int grey_of(const Pixel& p) {
    return (p[0] * 19595 + p[1] * 38470 + p[2] * 7471 + 0x8000) >> 16;
}

/// Computes as Pillow's rgb2hsv_row does, fp32 and double where it has them.
Pixel hsv_of(const Pixel& p) {
    const int most = *std::ranges::max_element(p), least = *std::ranges::min_element(p);
    const auto range = static_cast<float>(most - least);
    const auto below = [&](size_t c) { return static_cast<float>(most - p[c]) / range; };
    float hue = 0;
    if (p[0] == most)
        hue = below(2) - below(1);
    else if (p[1] == most)
        hue = static_cast<float>(2.0 + static_cast<double>(below(0)) - static_cast<double>(below(2)));
    else
        hue = static_cast<float>(4.0 + static_cast<double>(below(1)) - static_cast<double>(below(0)));
    hue = static_cast<float>(std::fmod(static_cast<double>(hue) / 6.0 + 1.0, 1.0));
    const float saturation = range / static_cast<float>(most);
    return {static_cast<int>(static_cast<double>(hue) * 255.0),
            static_cast<int>(static_cast<double>(saturation) * 255.0), most};
}

/// Computes as Pillow's hsv2rgb does.
Pixel rgb_of(const Pixel& hsv) {
    const auto sixths = static_cast<float>(hsv[0] * 6.0 / 255.0);
    const float s = static_cast<float>(hsv[1]) / 255.0f, v = static_cast<float>(hsv[2]);
    const int sixth = static_cast<int>(std::floor(sixths));
    const float part = sixths - static_cast<float>(sixth);
    const auto level = [&](double share) { return static_cast<int>(std::round(v * (1.0 - share))); };
    const int p = level(s), q = level(s * part), t = level(s * (1.0 - part)), most = hsv[2];
    const Pixel turns[] = {{most, t, p}, {q, most, p}, {p, most, t},
                           {p, q, most}, {t, p, most}, {most, p, q}};
    return turns[sixth % 6];
}

Pixel with_hue_added(const Pixel& pixel, int64_t added) {
    if (pixel[0] == pixel[1] && pixel[1] == pixel[2]) return pixel;
    Pixel hsv = hsv_of(pixel);
    if (hsv[1] == 0) return {hsv[2], hsv[2], hsv[2]};
    hsv[0] = static_cast<int>((hsv[0] + added) & 0xff);
    return rgb_of(hsv);
}

float line_between(float a, float b, float at) {
    return a + (b - a) * at;
}

float curve_between(float a, float b, float c, float d, float at) {
    const float p2 = c - a, p3 = 2.0f * (a - b) + c - d, p4 = b - a - c + d;
    return b + at * (p2 + at * (p3 + at * p4));
}

/// Holds a coordinate: whole, and the upper 24 bits of what is behind the point.
struct Coordinate {
    int64_t whole;
    float fraction;
};

Coordinate split(int64_t fixed) {
    return {fixed >> 32, static_cast<float>((fixed & 0xffffffff) >> 8) / 16777216.0f};
}

/// Counts a channel's values.
using Histogram = std::array<int64_t, 256>;

std::array<int, 256> equalized(const Histogram& pixels) {
    std::array<int, 256> table{};
    int64_t total = 0, highest = 0;
    for (size_t v = 0; v < 256; ++v) {
        total += pixels[v];
        if (pixels[v] > 0) highest = pixels[v];
    }
    const int64_t step = (total - highest) / 255;
    int64_t below = step / 2;
    for (size_t v = 0; v < 256; ++v) {
        table[v] = step == 0 ? static_cast<int>(v) : static_cast<int>(std::min<int64_t>(below / step, 255));
        below += pixels[v];
    }
    return table;
}

std::array<int, 256> stretched(const Histogram& pixels) {
    int low = 0, high = 255;
    while (low < 255 && pixels[static_cast<size_t>(low)] == 0)
        ++low;
    while (high > 0 && pixels[static_cast<size_t>(high)] == 0)
        --high;
    std::array<int, 256> table{};
    for (int v = 0; v < 256; ++v)
        table[static_cast<size_t>(v)] =
            high <= low ? v : std::clamp(std::max(v - low, 0) * 255 / (high - low), 0, 255);
    return table;
}

}  // namespace

ColourReference::ColourReference(const ColourProgram& layout, int64_t pass, int64_t image,
                                 const HostTensor& images, const HostTensor& program,
                                 const HostTensor* previous, const HostTensor* tables)
    : layout_(layout),
      image_(image),
      size_(images.shape.h),
      images_(images),
      program_(program),
      previous_(previous),
      tables_(tables) {
    const int64_t at = pass * ColourProgram::pass_words;
    operation_ = word(at);
    end_ = word(at + 1);
    if (word(at + 2) == 0) previous_ = nullptr;
    statistics_ = word(at + 3);
}

int64_t ColourReference::word(int64_t at) const {
    return static_cast<int32_t>(static_cast<int64_t>(program_.at(image_, 0, 0, at)));
}

float ColourReference::number(int64_t at) const {
    return std::bit_cast<float>(static_cast<int32_t>(word(at)));
}

int64_t ColourReference::words_of(int64_t operation) const {
    return layout_.operations_at() + operation * ColourProgram::operation_words;
}

Pixel ColourReference::source(int64_t x, int64_t y) const {
    x = std::clamp<int64_t>(x, 0, size_ - 1);
    y = std::clamp<int64_t>(y, 0, size_ - 1);
    return unpack_pixel((previous_ != nullptr ? *previous_ : images_).at(image_, y, x, 0));
}

Pixel ColourReference::smooth(int64_t x, int64_t y) const {
    const Pixel middle = source(x, y);
    if (x == 0 || y == 0 || x == size_ - 1 || y == size_ - 1) return middle;
    Pixel result;
    for (size_t c = 0; c < 3; ++c) {
        int sum = 4 * middle[c];
        for (int64_t i = -1; i <= 1; ++i)
            for (int64_t j = -1; j <= 1; ++j)
                sum += source(x + j, y + i)[c];
        result[c] = static_cast<int>(std::floor(sum / 13.0 + 0.5));
    }
    return result;
}

Pixel ColourReference::moved(ColourKind kind, int64_t at, int64_t x, int64_t y) const {
    const auto coordinate = [&](int64_t from) {
        const auto fixed = [&](int64_t i) {
            return static_cast<int64_t>(static_cast<uint64_t>(word(from + i)) << 32 |
                                        static_cast<uint32_t>(word(from + i + 1)));
        };
        return fixed(0) * x + fixed(2) * y + fixed(4);
    };
    const int64_t u = coordinate(at + 2), v = coordinate(at + 8);
    const auto inside = [&](int64_t c) { return c >= 0 && c >> 32 < size_; };
    if (!inside(u) || !inside(v)) return unpack_pixel(static_cast<double>(word(at + 1)));
    if (kind == ColourKind::nearest) return source(u >> 32, v >> 32);
    constexpr int64_t half = int64_t{1} << 31;
    const Coordinate left = split(u - half), above = split(v - half);
    const auto value = [&](int64_t dx, int64_t dy, size_t c) {
        return static_cast<float>(source(left.whole + dx, above.whole + dy)[c]);
    };
    Pixel pixel;
    for (size_t c = 0; c < 3; ++c) {
        const auto line = [&](int64_t dy) {
            return line_between(value(0, dy, c), value(1, dy, c), left.fraction);
        };
        const auto curve = [&](int64_t dy) {
            return curve_between(value(-1, dy, c), value(0, dy, c), value(1, dy, c), value(2, dy, c),
                                 left.fraction);
        };
        const float result =
            kind == ColourKind::bilinear
                ? line_between(line(0), line(1), above.fraction)
                : std::clamp(curve_between(curve(-1), curve(0), curve(1), curve(2), above.fraction), 0.0f,
                             255.0f);
        pixel[c] = static_cast<int>(result);
    }
    return pixel;
}

Pixel ColourReference::recoloured(int64_t operation, const Pixel& pixel) const {
    const int64_t at = words_of(operation);
    Pixel result = pixel;
    switch (static_cast<ColourKind>(word(at))) {
        case ColourKind::table:
            for (int& value : result)
                value = static_cast<int>(word(at + ColourProgram::table_at + value / 4) >> (value % 4 * 8) &
                                         0xff);
            return result;
        case ColourKind::statistics:
            for (size_t c = 0; c < 3; ++c)
                result[c] = unpack_pixel(tables_->at(image_, 0, 0, result[c]))[c];
            return result;
        case ColourKind::saturation: {
            const int grey = grey_of(pixel);
            return blended({grey, grey, grey}, pixel, number(at + 1));
        }
        case ColourKind::hue:
            return with_hue_added(pixel, word(at + 1));
        default:
            return pixel;
    }
}

Pixel ColourReference::after(int64_t end, int64_t x, int64_t y) const {
    Pixel pixel = source(x, y);
    int64_t operation = operation_;
    const int64_t at = words_of(operation);
    const auto kind = operation < end ? static_cast<ColourKind>(word(at)) : ColourKind::none;
    if (looks_around(kind)) {
        pixel = kind == ColourKind::sharpness ? blended(smooth(x, y), pixel, number(at + 1))
                                              : moved(kind, at, x, y);
        ++operation;
    }
    for (; operation < end; ++operation)
        pixel = recoloured(operation, pixel);
    return pixel;
}

std::array<Pixel, 256> ColourReference::table() const {
    const int64_t at = words_of(statistics_);
    const auto kind = static_cast<ColourStatistics>(word(at + 1));
    std::array<Histogram, 3> histograms{};
    int64_t grey_sum = 0;
    for (int64_t y = 0; y < size_; ++y)
        for (int64_t x = 0; x < size_; ++x) {
            const Pixel pixel = after(statistics_, x, y);
            grey_sum += grey_of(pixel);
            for (size_t c = 0; c < 3; ++c)
                ++histograms[c][static_cast<size_t>(pixel[c])];
        }
    std::array<Pixel, 256> table{};
    const int mean =
        static_cast<int>(static_cast<double>(grey_sum) / static_cast<double>(size_ * size_) + 0.5);
    for (size_t c = 0; c < 3; ++c) {
        const std::array<int, 256> one =
            kind == ColourStatistics::equalize ? equalized(histograms[c]) : stretched(histograms[c]);
        for (size_t v = 0; v < 256; ++v)
            table[v][c] = one[v];
    }
    if (kind == ColourStatistics::contrast)
        for (int v = 0; v < 256; ++v)
            table[static_cast<size_t>(v)] = blended({mean, mean, mean}, {v, v, v}, number(at + 2));
    return table;
}

}  // namespace vkm::graph::ops
