#pragma once

#include <base/align.h>

#include <cstdint>

namespace vkm::graph::ops {

/// Names what an operation on an image of bytes does to a pixel. Those from `sharpness` on look at other pixels
/// too, and so come first in a pass.
enum class ColourKind : uint32_t {
    none,
    table,       ///< looks each channel up in a table that the host has made
    statistics,  ///< looks each channel up in a table that colour_statistics makes (ColourStatistics)
    saturation,  ///< Pillow's ImageEnhance.Color
    hue,         ///< torchvision's adjust_hue
    sharpness,   ///< Pillow's ImageEnhance.Sharpness
    nearest,     ///< Pillow's Image.transform(AFFINE), as the next two
    bilinear,
    bicubic
};

constexpr uint32_t bit(ColourKind kind) {
    return 1u << static_cast<uint32_t>(kind);
}
constexpr bool looks_around(ColourKind kind) {
    return kind >= ColourKind::sharpness;
}

enum class ColourStatistics : int32_t {
    contrast,       ///< Pillow's ImageEnhance.Contrast
    auto_contrast,  ///< ImageOps.autocontrast
    equalize        ///< ImageOps.equalize
};

/// Says what the images' programs may do and where in its row of words a program's parts stand:
///     passes      {first operation, the one behind the last, whether it goes on from the pass before, the
///                 operation that wants statistics or -1}
///     operations  {kind, arguments, from table_at on the 256 bytes of a table}
///     erasures    {top, left, height, width, two words as key of what is drawn}
/// Arguments by kind: statistics {ColourStatistics, factor}; saturation and sharpness {factor}; hue {what is added to
/// it, of 256}; affine ones {colour outside, x, y}. x = {a, b, c} takes a pixel (i, j) of the result from a j +
/// b i + c, each a signed number of 32 bits before the point and 32 behind it, higher word first. Factors are fp32.
struct ColourProgram {
    int64_t passes = 0, operations = 0, erasures = 0;
    uint32_t kinds = 0;  ///< bits of those that any program may use

    static constexpr int64_t pass_words = 4, operation_words = 80, table_at = 16, erasure_words = 8;

    bool operator==(const ColourProgram&) const = default;
    bool empty() const { return passes == 0 && erasures == 0; }
    bool uses(ColourKind kind) const { return (kinds & bit(kind)) != 0; }
    int64_t operations_at() const { return passes * pass_words; }
    int64_t erasures_at() const { return operations_at() + operations * operation_words; }
    int64_t words() const { return align_up(erasures_at() + erasures * erasure_words, 64); }
};

}  // namespace vkm::graph::ops
