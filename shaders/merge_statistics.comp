#version 450
#extension GL_GOOGLE_include_directive : require
// variants: load
// merge_statistics: merges the moments of many parts, in the order of the parts, into those of all rows.
//   0 partial  [parts, 3, channels] fp32: mean, M2, count (batch_statistics.comp, or one a device)
//   1 total    [3, channels] fp32: the same
//   2 gamma, 3 beta, 4 coefficients, 5 running_mean, 6 running_variance: what a batch norm comes to for each channel
//              (include/batch_norm_coefficients.glsl); read and written where makes_coefficients is not 0 only
// Constants: 0 workgroup, 1 TREE. Columns are channel quads (columns.glsl), in one part. With TREE the
// strands of a workgroup share the parts and are merged in a tree; without, strand 0 merges them all.
#include "moments.glsl"
#include "tensor.glsl"
layout(constant_id = 1) const bool TREE = true;

F32_IN(0, partial)
F32_OUT(1, total)
#define COEFFICIENTS_BINDING 2
#include "batch_norm_coefficients.glsl"
layout(push_constant) uniform Push { uint parts, channels, lanes, makes_coefficients; float epsilon, momentum; };

Moments load_part(uint part, bool valid, uint quads, uint column) {
    uint first = part * 3u * quads + column;
    return Moments(LOAD_IF(partial, valid, first), LOAD_IF(partial, valid, first + quads),
                   LOAD_IF(partial, valid, first + 2u * quads).x);
}

void main() {
    uint quads = (channels + 3u) / 4u;
    Columns at = columns_of(quads, lanes);
    uint end = at.live && (TREE || at.strand == 0u) ? parts : 0u, step = TREE ? at.strands : 1u;
    Moments all = Moments(vec4(0.0), vec4(0.0), 0.0);
    // Two at a time: the loads, and half of the merges, do not wait for each other.
    for (uint part = at.strand; part < end; part += 2u * step)
        all = merge_moments(all, merge_moments(load_part(part, true, quads, at.column),
                                               load_part(part + step, part + step < end, quads, at.column)));
    if (TREE) all = merge_strands(all, at, lanes);
    if (at.live && at.strand == 0u) {
        STORE(total, at.column, all.mean);
        STORE(total, quads + at.column, all.m2);
        STORE(total, 2u * quads + at.column, vec4(all.count));
        if (makes_coefficients != 0u) store_coefficients(at.column, quads, all.mean, all.m2, all.count, epsilon, momentum);
    }
}
