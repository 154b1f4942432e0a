#pragma once

#include <graph/lower/program.h>
#include <graph/operator.h>

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
///   in mixed precision, update_loss_scale's verdict: its first element multiplies the gradients, and where
///   that is zero nothing is updated, counts of updates included.
/// Updates parameters and slots; no output.
class Optimizer : public Operator {
  public:
    virtual std::vector<OptimizerSlot> slots() const = 0;

    std::vector<TensorType> infer(std::span<const TensorType> inputs) const final;
    std::vector<size_t> updates() const final;

  protected:
    static constexpr size_t parameters = 0, gradients = 1, first_slot = 2;
    size_t step_params() const { return first_slot + slots().size(); }

    UpdateGuard guard(Lowering&) const;
    /// Returns the same for references: what gradients are multiplied by, 0 where nothing is updated.
    double gradient_factor(const ReferenceCall&) const;
};

/// Appends the optimizer's node and the slots it declares, "optimizer.NAME". `verdict`: of mixed precision.
void add_optimizer(Graph&, std::shared_ptr<const Optimizer>, ValueId loss, ValueId verdict = no_value);

}  // namespace vkm::graph
