#pragma once

#include <graph/graph.h>
#include <graph/host_tensor.h>
#include <graph/run/planned_device.h>

#include <functional>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <string>
#include <vector>

namespace vkm::graph {

/// What was found of a node's kernels.
struct KernelCheck {
    std::string kernel;  ///< the operator: "depthwise_input_grad"
    std::string
        variant;  ///< storage, the layer it was taken from, and what was chosen instead of the default
    /// Relative to the largest magnitude of the reference, beyond what a few roundings of the inputs change
    /// of it (they decide on which side of an activation's kink a value lies).
    std::optional<double> max_error;
    bool ok = false;
    std::string message;  ///< where it is not: what to look at
};
using KernelReport = std::function<void(const KernelCheck&)>;

/// Runs a node on a device, with random inputs, against its CPU reference; with these choices, if any,
/// instead of those of the device's plan.
KernelCheck check_node(PlannedDevice&, const Graph&, const Node&, const std::optional<engine::Tuning>& = {});

/// Runs a graph of inputs and nodes as a whole, against its CPU reference: for nodes whose inputs cannot be random
/// numbers, or leave parts of a value unwritten. The check's `kernel` is the operator that makes `result`.
KernelCheck check_graph(PlannedDevice&, const Graph&, const std::map<ValueId, HostTensor>& inputs,
                        ValueId result);

/// The kernels of a node with their constants, as engine::KernelSpec::label() names them; empty for one that
/// only copies.
std::string kernels_of(const Graph&, const Node&, const KernelPlan&);

/// The largest difference between two tensors of one shape, relative to the largest finite magnitude of the
/// first, as far as `explained` does not cover it. Infinite where only one of two values is a NaN, or where
/// what overflows in one does not in the other.
double relative_error(std::span<const double> want, std::span<const double> got,
                      std::span<const double> explained);

/// Asked before every kernel; nothing more is checked once it says so.
using Stop = std::function<bool()>;

/// Checks nodes one by one.
class KernelChecker {
  public:
    KernelChecker(PlannedDevice& device, KernelReport report, Stop stop = {})
        : device_(device), report_(std::move(report)), stop_(std::move(stop)) {}

    /// Every node of the graph whose kernels (shader, storage, constants) no earlier node used; and the kernels on matrix
    /// units that larger nodes of its kind have, so that a small graph stands for a large one.
    void check(const Graph&);
    /// The same, and each node again with every other candidate of each of its choices.
    void check_candidates(const Graph&);

  private:
    void check(const Graph&, const Node&, const engine::Tuning&, const std::string& choice);

    PlannedDevice& device_;
    KernelReport report_;
    Stop stop_;
    std::set<std::string> seen_;
};

}  // namespace vkm::graph
