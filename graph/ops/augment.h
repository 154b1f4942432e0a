#pragma once

#include <graph/operator.h>

#include <array>

namespace vkm::graph::ops {

struct Augment {
    std::array<float, 3> mean{0, 0, 0}, deviation{1, 1, 1};  ///< of pixels scaled to 0..1
    /// Zeros to pad with before a random crop (and, as in torchvision, before normalisation); 0: no crop.
    int64_t crop_padding = 0;
    bool random_flip = false;  ///< horizontally, with probability 1/2
    DType output = DType::f32;
};

/// Makes a tensor {N, H, W, 3} of images u8 {N, H, W, 3}: (pixel / 255 - mean) / deviation. Random numbers
/// are keyed by seed, epoch and the sample's position in the epoch. Inputs: images, step_params.
std::shared_ptr<const Operator> augment(const Augment&);

}  // namespace vkm::graph::ops
