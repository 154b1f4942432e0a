// Batch statistics of what a kernel stores: mean, M2 and count of each column over all that a workgroup has
// stored, so that nobody has to read it again for them. The values are those before storage rounds them.
//
// Tile by tile an invocation sums its values and their squares relative to the first of them, so that a mean
// far above the deviation costs no accuracy, and merges the tile's moments into those it has (moments.glsl).
// What its strands have at the end is a partial result, or one a strand without TREE;
// merge_statistics.comp merges them in order.
//
// The including shader defines STATISTICS_CONSTANT (STATISTICS; TREE has the next id) and STATISTICS_BINDING:
//   partial   [partial results, 3, columns] fp32: mean, M2, count; written with STATISTICS only
// With STATISTICS all invocations of a workgroup call gather_write, or none.
#ifndef VKM_STATISTICS_EPILOGUE_GLSL
#define VKM_STATISTICS_EPILOGUE_GLSL
#include "moments.glsl"
#include "tensor.glsl"

layout(constant_id = STATISTICS_CONSTANT) const bool STATISTICS = false;
layout(constant_id = STATISTICS_CONSTANT + 1) const bool TREE = false;
F32_OUT(STATISTICS_BINDING, partial)

#define GATHER STATISTICS
#define GATHER_READS false

struct Gathered {
    vec4 origin, sum, squares;  // of the tile
    float count;
    Moments all;  // of the tiles before
};

Gathered gather_start() {
    return Gathered(vec4(0.0), vec4(0.0), vec4(0.0), 0.0, Moments(vec4(0.0), vec4(0.0), 0.0));
}

// Takes v before it is stored at index i, in column `quad` of `quads`. `first` says that it is the first of
// the tile's values that this invocation stores.
void gather(inout Gathered g, bool first, uint i, uint quad, uint quads, inout vec4 v) {
    if (first) g.origin = v;
    const vec4 d = v - g.origin;
    g.sum += d;
    g.squares += d * d;
    g.count += 1.0;
}

// Nothing is read for it: see gradient_epilogue.glsl.
struct GatherInput { uint nothing; };
struct GatherColumn { uint nothing; };
GatherInput gather_input(uint i) { return GatherInput(0u); }
GatherColumn gather_column(uint quad, uint quads) { return GatherColumn(0u); }
void gather(inout Gathered g, bool first, GatherInput given, GatherColumn column, inout vec4 v) { gather(g, first, 0u, 0u, 0u, v); }

void gather_tile(inout Gathered g) {
    const vec4 mean = g.sum / max(g.count, 1.0), m2 = g.squares - g.sum * mean;
    g.all = merge_moments(g.all, Moments(g.origin + mean, mix(m2, vec4(0.0), lessThan(m2, vec4(0.0))), g.count));
    g.origin = g.sum = g.squares = vec4(0.0);
    g.count = 0.0;
}

void gather_write(Gathered g, Columns at, uint lanes, uint quads, uint first_partial) {
    Moments all = g.all;
    if (TREE) all = merge_strands(all, at, lanes);
    if (writes_partial(at, TREE)) {
        const uint first = (first_partial + partial_of(at, TREE)) * 3u * quads + at.column;
        STORE(partial, first, all.mean);
        STORE(partial, first + quads, all.m2);
        STORE(partial, first + 2u * quads, vec4(all.count));
    }
}

#endif
