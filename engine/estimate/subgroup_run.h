#pragma once

#include <shaders/shader.h>

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

namespace vkm::engine {

/// Holds a dispatch of which one subgroup is to be followed.
struct SubgroupQuestion {
    std::span<const uint32_t> spirv, constants;
    std::string_view name;  ///< for messages
    std::span<const std::byte> push;
    std::array<uint32_t, 3> groups{1, 1, 1};
    uint32_t subgroup_size = 32;
    bool last = false;  ///< follow the workgroup's last subgroup, and not its first
    double memory_latency = 1000, shared_latency = 30;  ///< cycles until a load's value is there
};

/// Counts what one subgroup of a dispatch does from its first instruction to its last.
struct SubgroupRun {
    double issue = 0;  ///< cycles in which it issues an instruction, one each where the unit is as wide
    double stall = 0;  ///< cycles it waits for loads, where a compiler leaves branches between them
    double stall_overlapped = 0;  ///< the same, where loads wait for nothing but loop ends and barriers
    double waits = 0;             ///< times it waits for a load
    double loads = 0, stores = 0, shared_accesses = 0, barriers = 0, atomics = 0;
    double multiply_adds = 0;         ///< vector instructions of a multiply-add, of all lanes at once
    double matrix_multiply_adds = 0;  ///< single ones, of matrix instructions
    uint32_t shared_bytes = 0;        ///< of a workgroup
    uint32_t array_words = 0;         ///< of a lane's arrays, which stay in registers: sums, weights

    double cycles(bool overlapped) const { return issue + (overlapped ? stall_overlapped : stall); }
};

/// Follows the first lane of a subgroup of the middle workgroup through a kernel's SPIR-V, with the dispatch's own constants,
/// push constants and grid, and times it as one subgroup on a processor that issues an instruction a cycle, in order.
///
/// What it assumes:
///  - Buffers hold zeros. Sizes come from constants and push constants in the kernels here, so that no loop
///    depends on them but those over the rows of tables that come with the data.
///  - Where a value is known when the pipeline is compiled, so are branches that depend on it: loops of constant
///    length are unrolled, and cost nothing themselves.
///  - Vectors are not: an instruction on four components is four. A product that is used by one sum is one
///    instruction with it. Variables are registers. A constant that is added to an index of shared memory is none, for
///    accesses have room for an offset; a division by a constant is a product and a shift.
///  - Values that are the same in all lanes cost a quarter: a scalar unit, or none at all, computes them.
///  - Loads between two branches are issued together, before what uses them; so are those of a loop's body where a
///    compiler moves loads over branches (`stall_overlapped`). Branches around a few instructions are selects.
/// Throws vkm::Error at SPIR-V that glslang does not write for the shaders here.
SubgroupRun run_subgroup(const SubgroupQuestion&);

}  // namespace vkm::engine
