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
//
// With MERGES_PARTIALS defined, both constants are true, and the last workgroup merges the partial results (arrival.glsl).
// All invocations of a workgroup then call merge_gathered after gather_write, and there are seven bindings more, in turn:
//   arrived      see arrival.glsl
//   statistics   [3, columns] fp32: mean, M2, count of all
//   gamma, beta, coefficients, running_mean, running_variance   what a batch norm comes to for each channel
//                (batch_norm_coefficients.glsl); read and written where makes_coefficients is not 0 only
// and the push constants of merge_push.glsl.
#ifndef VKM_STATISTICS_EPILOGUE_GLSL
#define VKM_STATISTICS_EPILOGUE_GLSL
#include "moments.glsl"
#include "tensor.glsl"

#ifdef MERGES_PARTIALS
#define ARRIVED_BINDING (STATISTICS_BINDING + 1)
#define COEFFICIENTS_BINDING (STATISTICS_BINDING + 3)
#include "arrival.glsl"
#include "batch_norm_coefficients.glsl"
const bool STATISTICS = true, TREE = true, MERGES = true;
F32_COHERENT(STATISTICS_BINDING, partial)
F32_OUT(STATISTICS_BINDING + 2, statistics)
#else
layout(constant_id = STATISTICS_CONSTANT) const bool STATISTICS = false;
layout(constant_id = STATISTICS_CONSTANT + 1) const bool TREE = false;
const bool MERGES = false;
F32_OUT(STATISTICS_BINDING, partial)
#endif

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
    const vec4 mean = g.sum * (1.0 / max(g.count, 1.0)), m2 = g.squares - g.sum * mean;
    g.all = merge_moments(g.all, Moments(g.origin + mean, mix(m2, vec4(0.0), lessThan(m2, vec4(0.0))), g.count));
    g.origin = g.sum = g.squares = vec4(0.0);
    g.count = 0.0;
}

void store_partial(uint part, uint column, uint quads, Moments m) {
    const uint first = part * 3u * quads + column;
    STORE(partial, first, m.mean);
    STORE(partial, first + quads, m.m2);
    STORE(partial, first + 2u * quads, vec4(m.count));
}

void gather_write(Gathered g, Columns at, uint lanes, uint quads, uint first_partial) {
    Moments all = g.all;
    if (TREE) all = merge_strands(all, at, lanes);
    if (writes_partial(at, TREE)) store_partial(first_partial + partial_of(at, TREE), at.column, quads, all);
}

#ifdef MERGES_PARTIALS
Moments load_partial(uint part, bool valid, uint column, uint quads) {
    const uint first = part * 3u * quads + column;
    return Moments(LOAD_IF(partial, valid, first), LOAD_IF(partial, valid, first + quads),
                   LOAD_IF(partial, valid, first + 2u * quads).x);
}

// Merges `count` partial results from `part` on: their strands take them in turns, two at a time, whose loads do not wait
// for each other. Valid in strand 0.
Moments merge_partials(uint part, uint count, Columns at, uint lanes, uint quads) {
    Moments all = Moments(vec4(0.0), vec4(0.0), 0.0);
    for (uint i = at.live ? at.strand : count; i < count; i += 2u * at.strands)
        all = merge_moments(all, merge_moments(load_partial(part + i, true, at.column, quads),
                                               load_partial(part + i + at.strands, i + at.strands < count, at.column, quads)));
    return merge_strands(all, at, lanes);
}

void store_merged(uint column, uint quads, Moments all) {
    STORE(statistics, column, all.mean);
    STORE(statistics, quads + column, all.m2);
    STORE(statistics, 2u * quads + column, vec4(all.count));
    if (makes_coefficients != 0u) store_coefficients(column, quads, all.mean, all.m2, all.count, epsilon, momentum);
}
#define Merged Moments
#include "merge_gathered.glsl"
#else
void merge_gathered(Columns at, uint lanes, uint quads) {}
#endif

#endif
