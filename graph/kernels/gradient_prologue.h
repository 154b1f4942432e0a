#pragma once

#include <graph/lower/lowering.h>
#include <graph/ops/batch_norm.h>
#include <graph/reference/reference.h>

#include <memory>

namespace vkm::graph {

/// What the two gradients of a convolution do to the gradient dy of its output y as they load it, where a
/// batch norm follows the convolution: they form
///     dy = scale (g - mean_g - (y - mean) slope)
/// from g, the gradient of the batch norm's output, which then nobody writes. An attribute of the node, not a
/// node. Its inputs come last: y, and fp32 {1, 1, 4, C} of batch_norm_gradient_coefficients.
class GradientReader {
  public:
    virtual ~GradientReader() = default;
    /// Position of dy.
    virtual size_t gradient_input() const = 0;
    virtual bool forms_gradient() const = 0;
    /// The same operator forming its gradient.
    virtual std::shared_ptr<const Operator> forming_gradient() const = 0;
};

/// How many inputs forming takes.
constexpr size_t gradient_prologue_inputs = 2;

/// The inputs without those of the prologue. Throws ShapeError where they do not fit the gradient.
std::span<const TensorType> without_gradient_prologue(bool forms, size_t gradient_input,
                                                      std::span<const TensorType> inputs);

/// What shaders/include/gradient_prologue.glsl binds; empty where no gradient is formed.
struct GradientPrologueRegions {
    Region y, coefficients;
};
/// Of a window of the gradient, in units (rows, images) of `unit_bytes`.
GradientPrologueRegions gradient_prologue_regions(const Lowering&, bool forms, const Window&,
                                                  int64_t unit_bytes);

/// The gradient of a reference call as the prologue makes it.
HostTensor after_gradient_prologue(bool forms, size_t gradient_input, const ReferenceCall&);

}  // namespace vkm::graph
