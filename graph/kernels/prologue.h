#pragma once

#include <graph/host_tensor.h>
#include <graph/operator.h>
#include <graph/ops/activation.h>

namespace vkm::graph {

/// Says what an operator, such as a convolution or its weight gradient, does to its input x as it loads it:
/// f((x - mean) scale + beta) and then times s[n, c], each where asked for. An attribute of the node, not a
/// node: the tensor in between is never written. Its extra inputs follow the operator's own (x and w, x and
/// dy, x alone), in the order here.
struct Prologue {
    /// Input: fp32 {1, 1, 3, C}, of ops::batch_norm_coefficients.
    bool normalise = false;
    Activation activation = Activation::none;  ///< f, with normalise only
    /// Input: {N, 1, 1, C}, of x's element type: squeeze-and-excite.
    bool channel_scale = false;

    bool operator==(const Prologue&) const = default;
    size_t inputs() const { return size_t{normalise} + size_t{channel_scale}; }
};

/// Holds the positions of a prologue's inputs, from `first` on; 0 where there is none.
struct PrologueInputs {
    size_t normalisation = 0, scale = 0;
    explicit PrologueInputs(const Prologue& prologue, size_t first = 2) {
        size_t next = first;
        if (prologue.normalise) normalisation = next++;
        if (prologue.channel_scale) scale = next++;
    }
};

/// Is an operator whose input 0 may have a prologue.
class PrologueOperator : public Operator {
  public:
    virtual Prologue prologue() const = 0;
    /// Returns the position of the prologue's first input.
    virtual size_t prologue_inputs() const { return 2; }
    /// Returns the same operator with another prologue; null where it cannot have that one.
    virtual std::shared_ptr<const Operator> with_prologue(const Prologue&) const = 0;
};

/// Throws ShapeError where the prologue's inputs do not fit x.
void require_prologue_inputs(const Prologue&, std::span<const TensorType> inputs, size_t first = 2);

/// Returns input 0 of a reference call as the prologue makes it.
HostTensor after_prologue(const Prologue&, const ReferenceCall&, size_t first = 2);

}  // namespace vkm::graph
