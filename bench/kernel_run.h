#pragma once

#include <bench/timed_list.h>
#include <graph/program.h>
#include <graph/single_node.h>

#include <deque>
#include <optional>

namespace vkm::bench {

/// One node, again and again in a command list, over several copies of its tensors in turn, so that what a
/// cache kept of the run before is not what is measured. Floating-point tensors are random.
class KernelRun {
  public:
    struct Options {
        double least_us = 20'000;      ///< a list lasts about so long
        uint64_t least_footprint = 0;  ///< bytes of all copies together
        uint64_t most_bytes = 0;       ///< that they may take
    };
    /// Throws OutOfDeviceMemory where two copies do not fit.
    KernelRun(engine::Device&, graph::SingleNode, const Options&);

    const graph::SingleNode& node() const { return node_; }
    const graph::Program& program() const { return program_; }
    /// Per run of the node, one entry a submission.
    std::vector<Sample> measure(size_t submissions);

  private:
    using Copy = std::vector<engine::Slice>;  ///< by buffer of the program

    Copy allocate();
    void fill(const Copy&);
    void record(engine::CommandList&, const Copy&) const;
    TimedList list_of(size_t runs);

    engine::Device& device_;
    graph::SingleNode node_;
    graph::Program program_;
    std::deque<engine::Block> blocks_;  // slices point into it
    uint64_t used_ = 0;                 ///< of the last block
    std::vector<Copy> copies_;
    std::vector<const engine::Kernel*> kernels_;  ///< by command; null for copies and fills
    size_t runs_ = 1;
    std::optional<TimedList> list_;
};

}  // namespace vkm::bench
