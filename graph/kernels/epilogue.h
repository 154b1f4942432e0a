#pragma once

#include <graph/kernels/prologue.h>

namespace vkm::graph {

/// Says what a convolution does to its result as it stores it: y = f(conv + bias) + residual. An attribute of
/// the convolution's node, not a node. Its extra inputs follow x, w and the prologue's, in the order here.
/// Inference graphs with folded batch norm use all of it but the statistics; a fully connected layer uses the
/// bias, and training graphs the statistics.
struct Epilogue {
    bool bias = false;  ///< input: fp32 {1, 1, 1, C}
    Activation activation = Activation::none;
    bool residual = false;    ///< input: a tensor of the output's shape
    bool statistics = false;  ///< second output: y's statistics, as ops::batch_statistics takes them

    bool operator==(const Epilogue&) const = default;
};

/// Is a convolution (dense, depthwise, pointwise) as passes see it. Its inputs are x, w, then what prologue
/// and epilogue ask for.
class ConvolutionOperator : public PrologueOperator {
  public:
    virtual Epilogue epilogue() const = 0;
    Prologue prologue() const override { return {}; }

    /// Returns the same convolution with another epilogue.
    virtual std::shared_ptr<const Operator> with_epilogue(const Epilogue&) const = 0;
    std::shared_ptr<const Operator> with_prologue(const Prologue&) const override { return nullptr; }
};

}  // namespace vkm::graph
