// Reductions over the rows of a tensor, column by column, in a fixed order.
//
// A workgroup covers `lanes` neighbouring columns (host: lanes = ceil(columns / ceil(columns / workgroup)),
// so that the workgroups are equally full). Its invocations form strands = workgroup / lanes strands, which
// take the workgroup's share of the rows in turns: neighbouring invocations read neighbouring memory whether
// columns are many or few. The host splits the rows into `parts` and starts parts * ceil(columns / lanes)
// workgroups; workgroup i works on column block i % blocks of part i / blocks.
//
// What the strands have gathered becomes partial results:
//   TREE      one a part: strands are added up in an order that depends on the workgroup's size only, never
//             on the subgroup's. Best on GPUs: fewer partial results to merge.
//   no TREE   one a strand, parts * strands in all. For software devices, on which a barrier costs more than
//             all of the rest: every value that lives across it goes to memory.
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

// Those of part `part`, `lanes` of `columns` from column `first` on, as all of the workgroup's invocations share them.
Columns columns_from(uint first, uint columns, uint lanes, uint part) {
    Columns c;
    c.part = part;
    c.strands = divide(WORKGROUP, lanes);
    c.strand = divide(INVOCATION, lanes);
    c.first = first;
    c.column = first + (INVOCATION - c.strand * lanes);
    c.live = c.strand < c.strands && c.column < columns;
    return c;
}

Columns columns_of(uint columns, uint lanes) {
    uint workgroup = workgroup_index(), blocks = divide(columns + lanes - 1u, lanes), part = divide(workgroup, blocks);
    return columns_from((workgroup - part * blocks) * lanes, columns, lanes, part);
}

// Which partial result an invocation holds after its part (TREE: valid in strand 0).
uint partial_of(Columns c, bool tree) { return tree ? c.part : c.part * c.strands + c.strand; }
// Whether this invocation is the one to write it.
bool writes_partial(Columns c, bool tree) { return c.live && (!tree || c.strand == 0u); }

// The first step of a tree over n values: the largest power of two below n; 0 where there is nothing to add.
uint tree_step(uint n) { return n <= 1u ? 0u : 1u << findMSB(n - 1u); }

#endif
