#pragma once

#include <graph/lower/program.h>

#include <cstdint>
#include <vector>

namespace vkm::graph {

struct KernelPlan;

/// Collects sums of partial results whose totals nobody has read yet, so that many are made in one dispatch. Their
/// partial results lie in one buffer, which grows.
class DeferredSums {
  public:
    struct Sum {
        Region partials;  ///< of the buffer, `parts` results of total's size
        int64_t parts = 0;
        Region total;
    };

    /// Returns memory for `parts` partial results of a total. `fits` says first whether it may join those that wait, and all
    /// of several do.
    bool fits(int64_t parts, const Region& total, const KernelPlan& plan) const {
        return sums_.empty() || fit({{{}, parts, total}}, plan);
    }
    bool fit(const std::vector<Sum>& wanted, const KernelPlan&) const;
    Region add(Program&, int64_t parts, const Region& total, const KernelPlan&);

    bool empty() const { return sums_.empty(); }
    /// Returns whether a region is, or holds, a total that is still to be made.
    bool concerns(const Region&) const;
    /// Returns what waits, and waits for nothing any more.
    std::vector<Sum> take();

  private:
    std::vector<Sum> sums_;
    int32_t buffer_ = -1;  // of the program; those before it are full
};

}  // namespace vkm::graph
