#pragma once

#include <graph/kernels/gather.h>
#include <graph/ops/batch_norm_grad.h>
#include <graph/reference/reference.h>

namespace vkm::graph {

/// Says what an input gradient, such as a convolution's, does to its result as it stores it:
///     g = (dx + residual) f'(z),  z = (x - mean) scale + beta
/// An attribute of the node, not a node. Its extra inputs follow the operator's own
/// (dy and w), in the order here.
struct GradientEpilogue {
    bool residual = false;  ///< input: a gradient of dx's type that meets this one
    /// f and epsilon of the batch norm (and activation) whose output dx is the gradient of. Inputs: its
    /// input x, its coefficients, and its statistics. Where f is none only the coefficients' mean is read,
    /// and the statistics may stand in for them. The node then also has the outputs of batch_norm_sums:
    /// sums, dgamma, dbeta.
    std::optional<ops::BatchNormSums> batch_norm = {};

    size_t inputs() const { return (residual ? 1 : 0) + (batch_norm ? 3 : 0); }
};

/// Holds the positions of a gradient epilogue's inputs, from `first` on; 0 where there is none.
struct GradientEpilogueInputs {
    size_t residual = 0, x = 0, normalisation = 0, statistics = 0;
    explicit GradientEpilogueInputs(const GradientEpilogue&, size_t first = 2);
};

/// Is an input gradient as passes see it: its own inputs, then the epilogue's.
class InputGradOperator : public Operator {
  public:
    virtual const GradientEpilogue& epilogue() const = 0;
    /// Returns the position of the epilogue's first input.
    virtual size_t epilogue_inputs() const { return 2; }
    /// Returns the same operator with another epilogue; null where it cannot have that one.
    virtual std::shared_ptr<const Operator> with_epilogue(const GradientEpilogue&) const = 0;
};

/// Returns the types of the node's outputs from dx's. Throws ShapeError where the
/// epilogue's inputs do not fit it.
std::vector<TensorType> gradient_outputs(const GradientEpilogue&, std::span<const TensorType> inputs,
                                         const TensorType& dx, size_t first = 2);

/// Holds what shaders/include/gradient_epilogue.glsl binds; empty where the epilogue does not ask for it.
struct GradientEpilogueRegions {
    Region residual, x, normalisation, partial;
};
/// Returns the regions of a window of dx, in units (rows, images) of `unit_bytes`.
GradientEpilogueRegions gradient_epilogue_regions(const Lowering&, const GradientEpilogue&, const Window&,
                                                  int64_t unit_bytes, const std::optional<Region>& partial,
                                                  size_t first = 2);

/// Returns the push constant output_activation of such a kernel.
uint32_t output_activation(const GradientEpilogue&);

/// Returns how the sums are gathered, where there are any.
std::optional<Gather> gather_gradient(Lowering&, const GradientEpilogue&, size_t first = 2);

/// Says what batch norm's input gradient comes to for each channel, for the dispatch that adds up its sums to make
/// (shaders/include/gradient_coefficients.glsl).
struct GradientSumsWork {
    Region gamma, coefficients;
};

/// Has a dispatch that adds up the sums make that.
template <typename Kernel>
void make_gradient_coefficients(Lowering::Dispatch<Kernel>& merge, const GradientSumsWork& work) {
    merge.push.makes_coefficients = 1;
    merge.bindings.gamma = work.gamma;
    merge.bindings.coefficients = work.coefficients;
}

/// Dispatches a kernel that adds up the sums of its epilogue by arrival.
template <typename Kernel, typename... Parts>
void dispatch_merging(Lowering& lowering, const GradientEpilogue& epilogue, size_t first,
                      const Arrival& arrival, Lowering::Dispatch<Kernel> dispatch, const Parts&... parts) {
    merge_by_arrival(dispatch, arrival);
    dispatch.bindings.sums = lowering.output(1);
    dispatch.bindings.dgamma = lowering.output(2);
    dispatch.bindings.dbeta = lowering.output(3);
    const Region statistics = lowering.input(GradientEpilogueInputs(epilogue, first).statistics);
    dispatch.bindings.statistics = statistics;
    dispatch.bindings.gamma = statistics;  // of coefficients, as in statistics.h
    dispatch.bindings.coefficients = lowering.output(1);
    dispatch.push.epsilon = static_cast<float>(epilogue.batch_norm->epsilon);
    lowering.dispatch_extensible<GradientSumsWork>(&make_gradient_coefficients<Kernel>, dispatch, parts...);
}

/// Merges partial sums of g and g (x - mean), lying one after the other, in this order, into the sums, dgamma
/// and dbeta at outputs `first_output` to first_output + 2.
void lower_merge_batch_norm_sums(Lowering&, const Region& partial, int64_t partials, const Region& statistics,
                                 int64_t channels, double epsilon, size_t first_output);

/// Turns output 0, the gradient alone, into what the epilogue makes of it, and fills the other outputs.
void apply_gradient_epilogue(const GradientEpilogue&, ReferenceCall&, size_t first = 2);

}  // namespace vkm::graph
