#pragma once

#include <graph/models/model_config.h>
#include <image/image.h>

#include <span>

namespace vkm::infer {

/// Returns how many bytes a network's input has: those of input size x input size pixels.
size_t input_bytes(const graph::ModelConfig&);

/// Brings an image of any size to a network's input as evaluation does (docs/cli.md), into `out`. Throws
/// ImageError where it has no pixels, or another number of bytes than its size says.
void prepare(const image::Image&, const graph::ModelConfig&, std::span<uint8_t> out);

}  // namespace vkm::infer
