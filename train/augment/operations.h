#pragma once

#include <graph/ops/colour_program.h>
#include <graph/ops/colours.h>

#include <array>
#include <cstdint>
#include <span>
#include <vector>

namespace vkm::train {

/// Holds an operation on an image of bytes as kernels take it (graph/ops/colour_program.h).
struct Operation {
    std::array<int32_t, graph::ops::ColourProgram::operation_words> words{};

    graph::ops::ColourKind kind() const { return static_cast<graph::ops::ColourKind>(words[0]); }
};

using Rgb = std::array<uint8_t, 3>;

// Each function returns the operation that gives the bytes of Pillow's (torchvision's hue), of the same name and with
// the same argument.

Operation brightness(double factor);
Operation contrast(double factor);
Operation saturation(double factor);
Operation sharpness(double factor);
Operation hue(double shift);  ///< -0.5 .. 0.5
Operation posterize(int bits);
Operation solarize(double threshold);
Operation solarize_add(int added, int threshold = 128);
Operation invert();
Operation auto_contrast();
Operation equalize();

/// Says how pixels between those of an image are made.
enum class Resample : uint8_t { nearest, bilinear, bicubic };

/// Returns Image.transform(size, AFFINE, matrix, …): a pixel (x, y) is taken from (a x + b y + c, d x + e y + f).
Operation affine(const std::array<double, 6>& matrix, Resample, Rgb outside);
/// Returns Image.rotate(degrees) of an image of size x size: anticlockwise, around its middle.
Operation rotate(double degrees, int size, Resample, Rgb outside);

/// Names a part of an image that is erased, and the key of what it becomes.
struct Erasure {
    int32_t top = 0, left = 0, height = 0, width = 0;
    std::array<uint32_t, 2> key{};
};

/// Returns how many passes the operations take, one after the other.
int64_t passes_of(std::span<const graph::ops::ColourKind>);

/// Writes an image's program. Throws Error where it is longer than the layout has room for.
void write_program(const graph::ops::ColourProgram& layout, std::span<const Operation>,
                   std::span<const Erasure>, std::span<int32_t> words);

}  // namespace vkm::train
