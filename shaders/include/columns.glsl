// Reductions over the rows of a tensor, column by column, in a fixed order.
//
// A workgroup covers `lanes` neighbouring columns (host: lanes = ceil(columns / ceil(columns / workgroup)), so that the
// workgroups are equally full). Its invocations form strands = workgroup / lanes strands, which take the workgroup's
// share of the rows in turns: neighbouring invocations read neighbouring memory whether columns are many or few.
// The host splits the rows into `parts` and starts parts * ceil(columns / lanes) workgroups; workgroup i works on
// column block i % blocks of part i / blocks.
//
// What the strands have gathered becomes partial results:
//   TREE      one a part: strands are added up in an order that depends on the workgroup's size only, never on the
//             subgroup's. Best on GPUs: fewer partial results to merge.
//   no TREE   one a strand, parts * strands in all. For software devices, on which a barrier costs more than all of the
//             rest: every value that lives across it goes to memory.
// Partial results are written from first_partial on, for tensors that are bound window by window.
#ifndef VKM_COLUMNS_GLSL
#define VKM_COLUMNS_GLSL
#include "index.glsl"

struct Columns {
    uint column;   // of this invocation; < columns where `live`
    uint first;    // column of the workgroup's first lane
    uint strand;   // < strands where `live`
    uint strands;
    uint part;
    bool live;     // false for invocations that do not fill a strand, or lie right of the last column
};

Columns columns_of(uint columns, uint lanes) {
    uint workgroup = workgroup_index(), blocks = divide(columns + lanes - 1u, lanes);
    Columns c;
    c.part = divide(workgroup, blocks);
    c.strands = divide(gl_WorkGroupSize.x, lanes);
    c.strand = divide(gl_LocalInvocationID.x, lanes);
    c.first = (workgroup - c.part * blocks) * lanes;
    c.column = c.first + (gl_LocalInvocationID.x - c.strand * lanes);
    c.live = c.strand < c.strands && c.column < columns;
    return c;
}

// Which partial result an invocation holds after its part (TREE: valid in strand 0).
uint partial_of(Columns c, bool tree) { return tree ? c.part : c.part * c.strands + c.strand; }
// Whether this invocation is the one to write it.
bool writes_partial(Columns c, bool tree) { return c.live && (!tree || c.strand == 0u); }

// The first step of a tree over n values: the largest power of two below n; 0 where there is nothing to add.
uint tree_step(uint n) { return n <= 1u ? 0u : 1u << findMSB(n - 1u); }

const uint COLUMN_SLOTS = 4;
shared vec4 columns_scratch[COLUMN_SLOTS * gl_WorkGroupSize.x];

// Sum of v over the strands of a column, valid in strand 0. Called by all invocations of the workgroup, or none.
vec4 column_sum(vec4 v, Columns c, uint lanes) {
    uint me = gl_LocalInvocationID.x;
    barrier();
    columns_scratch[me] = v;
    barrier();
    for (uint step = tree_step(c.strands); step > 0u; step >>= 1u) {
        if (c.strand + step < c.strands && c.strand < step) columns_scratch[me] += columns_scratch[me + step * lanes];
        barrier();
    }
    return columns_scratch[me];
}

// For many values a column, a slot each: after a barrier, any invocation may add up the strands of any slot and lane.
//     for (uint first = 0; first < VALUES; first += COLUMN_SLOTS) {
//         barrier();
//         [[unroll]] for (uint i = 0; i < VALUES; ++i) column_put(i - first, value[i]);
//         barrier();
//         for (uint i = gl_LocalInvocationID.x; i < COLUMN_SLOTS * lanes; i += gl_WorkGroupSize.x) … column_total(…)
//     }
// Values are indexed by constants only: an index that varies would move them from registers to memory.
void column_put(uint slot, vec4 v) {
    if (slot < COLUMN_SLOTS) columns_scratch[slot * gl_WorkGroupSize.x + gl_LocalInvocationID.x] = v;
}

vec4 column_total(uint slot, uint lane, Columns c, uint lanes) {
    uint from = slot * gl_WorkGroupSize.x + lane;
    vec4 total = columns_scratch[from];
    for (uint s = 1u; s < c.strands; ++s) total += columns_scratch[from + s * lanes];
    return total;
}

#endif
