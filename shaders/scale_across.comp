#version 450
#extension GL_GOOGLE_include_directive : require
// scale_across: filters images across their rows and mirrors them, the second half of scaling.
//   y[n, i, j] = clamp((2^21 + sum_k weight(n, i', k) x[n, first(n, i') + k, j']) >> 22, 0, 255)
//   i' = size - 1 - i where the image is mirrored vertically, else i; j' = size - 1 - j where horizontally
//   0 x        [images, most_rows, size] pixels of a word: what scale_along left
//   1 tables   [images] of table_words: graph/ops/scale_images.h
//   2 y        [images, size, size] pixels of a word
// Constant 0: workgroup. One invocation computes one pixel.
#include "index.glsl"
layout(set = 0, binding = 0, std430) restrict readonly buffer X { uint x[]; };
layout(set = 0, binding = 1, std430) restrict readonly buffer Tables { int tables[]; };
layout(set = 0, binding = 2, std430) restrict writeonly buffer Y { uint y[]; };
layout(push_constant) uniform Push { uint images, size, most_rows, table_words; };
#include "scale.glsl"

void main() {
    uint at = invocation_index();
    if (at >= images * size * size) return;
    uint line = divide(at, size), n = divide(line, size), table = n * table_words;
    uint i = line - n * size, j = at - line * size, mirrored = uint(tables[table + MIRRORED]);
    if ((mirrored & VERTICALLY) != 0u) i = size - 1u - i;
    if ((mirrored & HORIZONTALLY) != 0u) j = size - 1u - j;
    Taps taps = taps_at(table + uint(tables[table + ROWS]) + i * uint(tables[table + ROW_STRIDE]));
    ivec3 sum = HALF;
    for (uint k = 0u; k < taps.count; ++k)
        sum += tables[taps.weights + k] * unpack_pixel(x[(n * most_rows + taps.first + k) * size + j]);
    y[at] = rounded(sum);
}
