#pragma once

#include <graph/models/model_config.h>
#include <image/decode/decode.h>

#include <functional>
#include <span>

namespace vkm::infer {

/// Returns how many bytes a network's input has: those of input size x input size pixels.
size_t input_bytes(const graph::ModelConfig&);

/// Brings an image of any size to a network's input as evaluation does (docs/cli.md), into `out`. Throws
/// ImageError where it has no pixels, or another number of bytes than its size says.
void prepare(const image::Image&, const graph::ModelConfig&, std::span<uint8_t> out);

/// Gives an image's pixels: of all of it the part that is chosen when its size is known. Throws ImageError.
using ReadPart = std::function<image::Image(const image::ChoosePart&)>;

/// Does the same with an image that is still to be read, of which no more is read than the input is made of.
void prepare(const ReadPart&, const graph::ModelConfig&, std::span<uint8_t> out);

}  // namespace vkm::infer
