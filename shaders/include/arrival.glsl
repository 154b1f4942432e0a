// Merging of partial results by the workgroup that is the last to write one: what no other dispatch has to wait for.
//
// A workgroup that has written its partial result counts itself (arrives_last). Of each merge_group neighbouring parts of a
// block of columns the last workgroup merges the partial results, in their order. With several groups it writes what they
// come to as a partial result of its own, behind those of the parts, and the last of the groups merges these. Which workgroup
// merges what is left to chance, and what it computes is not.
//
// A counter is 0 before a dispatch and after it, for the last workgroup sets it back.
//
// The including shader defines
//   ARRIVED_BINDING   arrived [blocks of columns][groups + 1] uint: how many workgroups of a group have arrived, and
//                     how many groups
//   merge_parts, merge_group   as push constants: parts of a block, and how many of them are a group
// What others have written is visible to the last one, for all of it lies in buffers that are `coherent`: SPIR-V's Coherent
// makes writes available to the device, and reads see them.
#ifndef VKM_ARRIVAL_GLSL
#define VKM_ARRIVAL_GLSL
#include "columns.glsl"

layout(set = 0, binding = ARRIVED_BINDING, std430) coherent restrict buffer arrived_block { uint arrived_data[]; };

shared uint has_arrived_last;

// Returns whether this workgroup is the last of `expected` that count themselves here.
// All invocations of the workgroup call it, or none.
bool arrives_last(uint counter, uint expected) {
    memoryBarrierBuffer();  // what this invocation has written comes before the count,
    barrier();
    if (INVOCATION == 0u) {
        memoryBarrierBuffer();  // and so does what the others of its workgroup have
        const bool last = atomicAdd(arrived_data[counter], 1u) == expected - 1u;
        memoryBarrierBuffer();
        if (last) arrived_data[counter] = 0u;
        has_arrived_last = last ? 1u : 0u;
    }
    barrier();
    memoryBarrierBuffer();  // What other workgroups have written is read after it.
    return has_arrived_last != 0u;
}

struct Arrivals {
    uint counters;       // first of the block's
    uint group, groups;  // this workgroup's, of so many
    uint first, count;   // parts of this group
};

Arrivals arrivals_of(Columns at, uint lanes) {
    Arrivals a;
    a.groups = divide(merge_parts + merge_group - 1u, merge_group);
    a.counters = divide(at.first, lanes) * (a.groups + 1u);
    a.group = divide(at.part, merge_group);
    a.first = a.group * merge_group;
    a.count = min(merge_group, merge_parts - a.first);
    return a;
}

#endif
