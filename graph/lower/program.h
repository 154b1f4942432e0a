#pragma once

#include <engine/vulkan/device.h>
#include <graph/graph.h>

#include <optional>
#include <variant>

namespace vkm::graph {

/// Names a byte range of a program's buffer.
struct Region {
    int32_t buffer = -1;
    int64_t offset = 0;
    int64_t bytes = 0;

    bool operator==(const Region&) const = default;
    bool empty() const { return buffer < 0; }  ///< of no buffer: a binding that a kernel does not use
    bool overlaps(const Region& other) const {
        return buffer == other.buffer && offset < other.offset + other.bytes && other.offset < offset + bytes;
    }

    /// Returns `count` units of `unit_bytes`, from unit `first` on.
    Region units(int64_t first, int64_t count, int64_t unit_bytes) const {
        return {buffer, offset + first * unit_bytes, count * unit_bytes};
    }
};

/// Says how the host combines a region over devices, in the order of the devices.
enum class Reduction : uint8_t {
    sum,         ///< fp32 elements added
    statistics,  ///< [3][C] mean, sum of squared deviations, count: merged by Chan's formula
    copy         ///< what the one device has that gives any
};

struct DispatchCommand {
    engine::KernelSpec kernel;
    std::vector<Region> bindings;
    std::vector<std::byte> push;
    std::array<uint32_t, 3> groups{1, 1, 1};
    double flops = 0;
};
struct CopyCommand {
    Region from, to;
};
struct FillCommand {
    Region region;
};
struct ReduceCommand {
    Region region;
    Reduction reduction;
    bool gives = true, takes = true;  ///< whether this device has a part, and whether it gets the result
    /// Among those of all devices, which all of them make in this order; none: programs are alike, it is
    /// that of the command.
    std::optional<size_t> number = {};
};

struct Command {
    NodeId node = -1;
    std::string label;  ///< "layer/operator"
    std::variant<DispatchCommand, CopyCommand, FillCommand, ReduceCommand> what;
};

/// Describes a buffer before it has an address: a value that is not a view, scratch, or a table.
struct ProgramBuffer {
    std::string name;
    Role role = Role::activation;
    int64_t bytes = 0;
    ValueId value = no_value;           ///< no_value: scratch or a table
    std::vector<std::byte> contents{};  ///< of a table
};

/// Describes where a node could be lowered in several ways, all of them right, and which one was chosen.
struct ChoicePoint {
    NodeId node = -1;
    std::string kernel;                   ///< operator and what is chosen: "depthwise tile"
    std::string shape;                    ///< "f32 2x7x7x96 1x3x3x96 -> 2x7x7x96"
    std::vector<std::string> candidates;  ///< that this device can run; the first is its plan's default
    size_t chosen = 0;

    std::string key() const { return kernel + " | " + shape; }  ///< into engine::Tuning
};

/// Holds a graph lowered for one kernel plan: commands over buffers, in order, without addresses.
struct Program {
    std::vector<ProgramBuffer> buffers;
    std::vector<Command> commands;
    std::vector<int32_t> buffer_of_value;  ///< by ValueId, views resolved to their base's buffer
    std::vector<ChoicePoint> choices;      ///< in the order of the nodes
    int32_t counters = -1;  ///< the buffer of all counters (Lowering::counters), if there are any
};

/// Returns the regions that a command reads or writes.
std::vector<Region> regions(const Command&);

/// Returns the kernel of every dispatch, in the order of the commands.
std::vector<engine::KernelSpec> kernel_specs(const Program&);
/// Returns each kernel once, in the order of its first dispatch. Kernels of one label are the same.
std::vector<engine::KernelSpec> distinct_kernel_specs(const Program&);

}  // namespace vkm::graph
