#pragma once

#include <graph/ops/activation.h>

namespace vkm::graph {

/// What a convolution does to its result as it stores it: y = f(conv + bias) + residual. An attribute of the
/// convolution's node, not a node; the extra inputs follow x and w in this order. Inference graphs with
/// folded batch norm use all of it; a fully connected layer uses the bias.
struct Epilogue {
    bool bias = false;  ///< input: fp32 {1, 1, 1, C}
    Activation activation = Activation::none;
    bool residual = false;  ///< input: a tensor of the output's shape

    bool operator==(const Epilogue&) const = default;
};

/// What a pointwise convolution does to its input as it loads it.
struct Prologue {
    bool channel_scale = false;  ///< input: {N, 1, 1, C}; x * s[n, c], squeeze-and-excite

    bool operator==(const Prologue&) const = default;
};

/// A convolution (dense, depthwise, pointwise) as passes see it: inputs are x, w, then what prologue and
/// epilogue ask for.
class ConvolutionOperator : public Operator {
  public:
    virtual Epilogue epilogue() const = 0;
    virtual Prologue prologue() const { return {}; }

    /// The same convolution with another epilogue.
    virtual std::shared_ptr<const Operator> with_epilogue(const Epilogue&) const = 0;
    /// The same convolution with another prologue; null where this kind of convolution has none.
    virtual std::shared_ptr<const Operator> with_prologue(const Prologue&) const { return nullptr; }
};

}  // namespace vkm::graph
