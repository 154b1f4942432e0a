// Sums over the strands of a workgroup (columns.glsl), in an order that depends on the workgroup's size only.
#ifndef VKM_COLUMN_SUMS_GLSL
#define VKM_COLUMN_SUMS_GLSL
#include "columns.glsl"

#ifndef COLUMN_SLOTS  // a shader that needs fewer defines it
#define COLUMN_SLOTS 4
#endif
shared vec4 columns_scratch[COLUMN_SLOTS * WORKGROUP];

// Returns the sum of v over the strands of a column, in strand 0.
// All invocations of the workgroup call it, or none.
vec4 column_sum(vec4 v, Columns c, uint lanes) {
    uint me = INVOCATION;
    barrier();
    columns_scratch[me] = v;
    barrier();
    for (uint step = tree_step(c.strands); step > 0u; step >>= 1u) {
        if (c.strand + step < c.strands && c.strand < step) columns_scratch[me] += columns_scratch[me + step * lanes];
        barrier();
    }
    return columns_scratch[me];
}

// For many values a column, each in a slot of its own: after a barrier, any invocation may add up the strands
// of any slot and lane.
//     for (uint first = 0; first < VALUES; first += COLUMN_SLOTS) {
//         barrier();
//         [[unroll]] for (uint i = 0; i < VALUES; ++i) column_put(i - first, value[i]);
//         barrier();
//         for (uint i = INVOCATION; i < COLUMN_SLOTS * lanes; i += WORKGROUP)
//             … column_total(…)
//     }
// Values are indexed by constants only: an index that varies would move them from registers to memory.
void column_put(uint slot, vec4 v) {
    if (slot < COLUMN_SLOTS) columns_scratch[slot * WORKGROUP + INVOCATION] = v;
}

vec4 column_total(uint slot, uint lane, Columns c, uint lanes) {
    uint from = slot * WORKGROUP + lane;
    vec4 total = columns_scratch[from];
    for (uint s = 1u; s < c.strands; ++s) total += columns_scratch[from + s * lanes];
    return total;
}

#endif
