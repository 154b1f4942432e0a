#pragma once

namespace vkm::graph {

/// What the kernels of a training step compute as they load or store, instead of reading or writing it again:
/// fewer bytes for more arithmetic. A device's choice is KernelPlan::fusion; the passes carry it out.
struct Fusion {
    bool normalise_depthwise = true;  ///< batch norm and activation before a depthwise convolution
    bool normalise_pointwise =
        true;                     ///< the same before a pointwise one, which loads each value several times
    bool scale_pointwise = true;  ///< squeeze-and-excite's scale
    bool statistics = true;  ///< batch norm's statistics are gathered by the kernel that writes its input
    bool batch_norm_sums = true;     ///< its gradient's sums by the kernel that writes its output's gradient
    bool gradient_depthwise = true;  ///< its input gradient is formed by a depthwise convolution's gradients
    bool gradient_pointwise = true;  ///< and by those of a pointwise or dense one
    bool squeeze_excite = true;      ///< squeeze-and-excite's layers, mean to scale, in one dispatch each way

    bool operator==(const Fusion&) const = default;
};

}  // namespace vkm::graph
