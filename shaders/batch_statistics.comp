#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
// variants: storage load
// batch_statistics: mean, M2 = sum of (x - mean)^2 and count of each channel over the rows of a part.
//   0 x        [rows, channels] tensor
//   1 partial  [partial results, 3, channels] fp32: mean, M2, count; merge_statistics.comp merges them
// Constants: 0 workgroup, 1 TREE.
// Columns are channel quads (columns.glsl); part p has the rows from p * rows_per_part on.
// Values are taken relative to the part's first row, eight rows at a time: their mean, then their deviations
// from it, then one merge.
#include "moments.glsl"
#include "tensor.glsl"
layout(constant_id = 1) const bool TREE = true;
const uint CHUNK = 8;

TENSOR_IN(0, x)
F32_OUT(1, partial)
layout(push_constant) uniform Push { uint rows, channels, lanes, rows_per_part, first_partial; };

void main() {
    uint quads = (channels + 3u) / 4u;
    Columns at = columns_of(quads, lanes);
    uint begin = at.part * rows_per_part, end = at.live ? min(begin + rows_per_part, rows) : 0u;
    vec4 origin = LOAD_IF(x, begin < end, begin * quads + at.column);
    Moments all = Moments(vec4(0.0), vec4(0.0), 0.0);

    uint row = begin + at.strand;
    for (; row + (CHUNK - 1u) * at.strands < end; row += CHUNK * at.strands) {
        vec4 v[CHUNK];
        Moments chunk = Moments(vec4(0.0), vec4(0.0), float(CHUNK));
        [[unroll]] for (uint u = 0; u < CHUNK; ++u) {
            v[u] = LOAD(x, (row + u * at.strands) * quads + at.column) - origin;
            chunk.mean += v[u];
        }
        chunk.mean *= 1.0 / float(CHUNK);
        [[unroll]] for (uint u = 0; u < CHUNK; ++u) {
            vec4 deviation = v[u] - chunk.mean;
            chunk.m2 += deviation * deviation;
        }
        all = merge_moments(all, chunk);
    }
    for (; row < end; row += at.strands)
        all = merge_moments(all, Moments(LOAD(x, row * quads + at.column) - origin, vec4(0.0), 1.0));

    if (TREE) all = merge_strands(all, at, lanes);
    if (writes_partial(at, TREE)) {
        uint first = (first_partial + partial_of(at, TREE)) * 3u * quads + at.column;
        STORE(partial, first, origin + all.mean);
        STORE(partial, first + quads, all.m2);
        STORE(partial, first + 2u * quads, vec4(all.count));
    }
}
