#pragma once

#include <graph/kernels/epilogue.h>

#include <memory>
#include <string>

namespace vkm::graph {

/// Holds a convolution of a block: its layer, and its operator with a bias, no prologue and no statistics.
struct BlockConvolution {
    std::string layer;
    std::shared_ptr<const ConvolutionOperator> op;

    explicit operator bool() const { return op != nullptr; }
};

/// Is MobileNetV2's block (Sandler et al. 2018) as one node of an inference graph: a pointwise convolution
/// that expands the channels, a depthwise one, and a pointwise one that projects and may add a residual. The
/// device runs it as three kernels, or as one whose expanded channels stay in shared memory.
struct InvertedResidual {
    BlockConvolution expand;  ///< none: the depthwise convolution reads the block's input
    BlockConvolution depthwise, project;
};

namespace ops {

/// Runs a block. Inputs: x, then w and bias of every convolution, then the residual where there is one.
/// Output: as the projection's. Not differentiable.
std::shared_ptr<const Operator> inverted_residual(const InvertedResidual&);

}  // namespace ops
}  // namespace vkm::graph
