#pragma once

#include <graph/lower/lowering.h>
#include <graph/ops/batch_norm.h>
#include <graph/reference/reference.h>

#include <memory>

namespace vkm::graph {

/// Is a gradient of a convolution that a batch norm follows, and may form the gradient dy of the
/// convolution's output y as it loads it:
///     dy = scale (g - mean_g - (y - mean) slope)
/// g is the gradient of the batch norm's output; dy is then never written. An attribute of the node, not a
/// node. Its inputs come last: y, and fp32 {1, 1, 4, C} of batch_norm_gradient_coefficients.
class GradientReader {
  public:
    virtual ~GradientReader() = default;
    /// Returns the position of dy.
    virtual size_t gradient_input() const = 0;
    virtual bool forms_gradient() const = 0;
    /// Returns the same operator forming its gradient.
    virtual std::shared_ptr<const Operator> forming_gradient() const = 0;
};

/// Counts the inputs that forming takes.
constexpr size_t gradient_prologue_inputs = 2;

/// Returns the inputs without those of the prologue. Throws ShapeError where they do not fit the gradient.
std::span<const TensorType> without_gradient_prologue(bool forms, size_t gradient_input,
                                                      std::span<const TensorType> inputs);

/// Holds what shaders/include/gradient_prologue.glsl binds; empty where no gradient is formed.
struct GradientPrologueRegions {
    Region y, coefficients;
};
/// Returns the regions of a window of the gradient, in units (rows, images) of `unit_bytes`.
GradientPrologueRegions gradient_prologue_regions(const Lowering&, bool forms, const Window&,
                                                  int64_t unit_bytes);

/// Returns the gradient of a reference call as the prologue makes it.
HostTensor after_gradient_prologue(bool forms, size_t gradient_input, const ReferenceCall&);

}  // namespace vkm::graph
