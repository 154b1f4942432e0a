#pragma once

#include <graph/lower/program.h>
#include <graph/lower/windows.h>
#include <graph/operator.h>
#include <graph/parameter_ranges.h>

#include <string_view>

namespace vkm::graph {

/// Describes one thing that an optimizer keeps from step to step. Devices hold it, checkpoints store it under
/// its name, and it is the same on every replica.
struct OptimizerSlot {
    enum class Extent : uint8_t {
        per_parameter,  ///< an element for each of the parameters' flat buffer
        scalar
    };
    std::string_view name;  ///< "exp_avg": as PyTorch calls it
    Extent extent = Extent::per_parameter;
    DType dtype = DType::f32;
    double initial = 0;
    bool nonnegative = false;  ///< values made up for it (to measure or test) are >= 0: squares, counts
};

/// Returns the slot of those that count their updates: "updates".
OptimizerSlot update_count();

/// Holds what a kernel needs to know whether the update is made (shaders/include/update_guard.glsl).
struct UpdateGuard {
    Region loss, verdict;  ///< empty where not read
    bool guarded = false, scaled = false;
};

/// Is an operator that updates all parameters at once, as flat buffers. It declares what it keeps, and
/// others need to know no more: add_optimizer() makes the slots, and memory, checkpoints and replicas treat
/// them as any other value of Role::optimizer.
///
/// Inputs: parameters, gradients, the slots in their order, step_params, then optionally
///   the loss: where its first element is not finite nothing is updated, so that the cause can be looked at;
///   a verdict, update_loss_scale's in mixed precision or clip_gradient_norm's: its first element multiplies
///   the gradients, and where that is zero nothing is updated, counts of updates included.
/// Updates parameters and slots; no output.
///
/// Ranges say which parameters the weight decay is for; none: for all alike.
class Optimizer : public Operator {
  public:
    explicit Optimizer(ParameterRanges ranges = {}) : ranges_(std::move(ranges)) {}

    virtual std::vector<OptimizerSlot> slots() const = 0;

    std::vector<TensorType> infer(std::span<const TensorType> inputs) const final;
    std::vector<size_t> updates() const final;

  protected:
    static constexpr size_t parameters = 0, gradients = 1, first_slot = 2;
    size_t step_params() const { return first_slot + slots().size(); }
    const ParameterRanges& ranges() const { return ranges_; }

    UpdateGuard guard(Lowering&) const;
    /// Returns the same for references: what gradients are multiplied by, 0 where nothing is updated.
    double gradient_factor(const ReferenceCall&) const;

    /// Returns whether parameters differ in their share of the weight decay.
    bool ranged() const;
    /// Returns the shares as kernels read them (shaders/include/weight_decay.glsl); empty where all are 1.
    Region decay_shares(Lowering&) const;
    /// Cuts the flat buffers into windows of quads, for kernels of an invocation a quad.
    std::vector<Window> windows(Lowering&) const;
    /// Returns the shares of a window.
    static Region cut_shares(const Region& shares, const Window&);
    /// Returns the share of every element, for references.
    std::vector<double> decay_by_element(size_t elements) const;

  private:
    ParameterRanges ranges_;
};

/// Appends the optimizer's node and the slots it declares, "optimizer.NAME". `verdict`: of mixed precision, or
/// of clipping.
void add_optimizer(Graph&, std::shared_ptr<const Optimizer>, ValueId loss, ValueId verdict = no_value);

}  // namespace vkm::graph
