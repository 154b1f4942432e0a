#pragma once

#include <graph/kernels/depthwise_block.h>

#include <optional>

namespace vkm::graph {

/// Holds what the blocks of shaders/depthwise_gradients.comp follow from.
struct DepthwiseGradientInputs {
    Shape input, output;  ///< of the convolution
    int64_t kernel = 3, stride = 1;
    Storage storage = Storage::f32;
};

/// Returns the block of inputs with which both gradients should take fewest instructions, where that are fewer than by a
/// kernel each, and where a device's plan stages at all, has the registers for the sums of all taps, and has enough to do.
std::optional<DepthwiseBlock> depthwise_gradient_block(const KernelPlan&, const DepthwiseGradientInputs&);

}  // namespace vkm::graph
