#pragma once

#include <engine/vulkan/timed_list.h>
#include <graph/lower/program.h>
#include <graph/measure/single_node.h>
#include <graph/run/planned_device.h>

#include <deque>
#include <map>
#include <optional>

namespace vkm::graph {

/// One node, again and again in a command list, over several copies of its tensors in turn, so that what a
/// cache kept of the run before is not what is measured. Floating-point tensors are random.
class NodeRun {
  public:
    struct Options {
        double least_us = 20'000;      ///< a list lasts about so long
        uint64_t least_footprint = 0;  ///< bytes of all copies together
        uint64_t most_bytes = 0;       ///< that they may take
    };
    /// As the device's plan, or another, lowers it. Throws OutOfDeviceMemory where two copies do not fit.
    NodeRun(PlannedDevice&, SingleNode, const Options&);
    NodeRun(PlannedDevice&, SingleNode, const KernelPlan&, const Options&);

    /// The node in another way: as this plan lowers it. Returns its number; the first is 0.
    size_t add(const KernelPlan&);

    const SingleNode& node() const { return node_; }
    const Program& program(size_t way = 0) const { return ways_.at(way).program; }
    /// Per run of the node, one entry a submission; after one that is not counted.
    std::vector<engine::Sample> measure(size_t submissions, size_t way = 0);

  private:
    struct Copy {
        std::vector<engine::Slice> values;  ///< by buffer of every program
        engine::Slice scratch;              ///< for what a program needs besides, one after the other
    };
    struct Way {
        Program program;
        std::vector<const engine::Kernel*> kernels;  ///< by command
        std::optional<engine::TimedList> list;
        /// By buffer: one for all copies, or of counters one for each, so that runs do not wait for each other.
        std::map<size_t, std::vector<engine::Slice>> tables;
    };

    engine::Slice allocate(uint64_t bytes);
    void reserve_scratch(const Program&);
    void fill(const Program&, const Copy&);
    void record(engine::CommandList&, const Way&, size_t copy) const;
    engine::TimedList list_of(const Way&, size_t runs);

    engine::Device& device_;
    SingleNode node_;
    size_t values_ = 0;                 ///< buffers that are values: the first of every program
    std::deque<engine::Block> blocks_;  // slices point into it
    uint64_t used_ = 0;                 ///< of the last block
    uint64_t block_bytes_ = 0;          ///< of a block, unless something is larger
    std::vector<Copy> copies_;
    std::vector<Way> ways_;
    size_t runs_ = 1;
};

}  // namespace vkm::graph
