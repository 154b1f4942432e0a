#pragma once

namespace vkm::graph {

/// Says what the kernels of a training step compute as they load or store, instead of reading or writing it
/// again: fewer bytes for more arithmetic. KernelPlan::fusion holds a device's choice; passes carry it out.
struct Fusion {
    bool normalise_depthwise = true;  ///< batch norm and activation before a depthwise convolution
    /// The same before a pointwise convolution, which loads each value several times.
    bool normalise_pointwise = true;
    bool scale_pointwise = true;     ///< squeeze-and-excite's scale, before a pointwise convolution
    bool statistics = true;          ///< batch norm's statistics, in the kernel that writes its input
    bool batch_norm_sums = true;     ///< its gradient's sums, in the kernel that writes its output's gradient
    bool gradient_depthwise = true;  ///< its input gradient, in the gradients of a depthwise convolution
    bool gradient_pointwise = true;  ///< the same, in the gradients of a pointwise or dense one
    bool squeeze_excite = true;      ///< squeeze-and-excite's layers, mean to scale, in one dispatch each way

    bool operator==(const Fusion&) const = default;
};

}  // namespace vkm::graph
