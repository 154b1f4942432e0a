#version 450
#extension GL_GOOGLE_include_directive : require
// scale_along: filters images along their rows, the first half of scaling.
//   y[n, r, x] = clamp((2^21 + sum_i weight(n, x, i) images[n, r, first(n, x) + i]) >> 22, 0, 255)
//   0 images   [images] rows of RGB, image_words apart; the last two words of each are no pixels
//   1 tables   [images] of table_words: graph/ops/scale_images.h
//   2 y        [images, most_rows, size] pixels of a word; rows beyond the image's are left as they are
// Constant 0: workgroup. One invocation computes column x of rows s, s + strands, s + 2 strands, …
#include "index.glsl"
layout(set = 0, binding = 0, std430) restrict readonly buffer Images { uint words[]; };
layout(set = 0, binding = 1, std430) restrict readonly buffer Tables { int tables[]; };
layout(set = 0, binding = 2, std430) restrict writeonly buffer Y { uint y[]; };
layout(push_constant) uniform Push { uint images, size, most_rows, strands, image_words, table_words; };
#include "rgb_rows.glsl"
#include "scale.glsl"

void main() {
    uint i = invocation_index();
    if (i >= images * strands * size) return;
    uint strand = divide(i, size), x = i - strand * size, n = divide(strand, strands), table = n * table_words;
    uint width = uint(tables[table + WIDTH]), height = uint(tables[table + HEIGHT]);
    Taps taps = taps_at(table + uint(tables[table + COLUMNS]) + x * uint(tables[table + COLUMN_STRIDE]));
    for (uint row = strand - n * strands; row < height; row += strands) {
        uint at = 4u * n * image_words + 3u * (row * width + taps.first);
        ivec3 sum = HALF;
        for (uint k = 0u; k < taps.count; ++k) sum += tables[taps.weights + k] * unpack_pixel(bytes_at(at + 3u * k));
        y[(n * most_rows + row) * size + x] = rounded(sum);
    }
}
