#version 450
#extension GL_GOOGLE_include_directive : require
// unpack_images: mirrors images that are of the result's size already, and gives each of their pixels a word.
//   y[n, i, j] = images[n, i', j']; 0 where there is no image
//   i' = size - 1 - i where the image is mirrored vertically, else i; j' = size - 1 - j where horizontally
//   0 images   [images] rows of RGB, image_words apart; the last two words of each are no pixels
//   1 tables   [images] of table_words: graph/ops/scale_images.h
//   2 y        [images, size, size] pixels of a word
// Constant 0: workgroup. One invocation computes one pixel.
#include "index.glsl"
layout(set = 0, binding = 0, std430) restrict readonly buffer Images { uint words[]; };
layout(set = 0, binding = 1, std430) restrict readonly buffer Tables { int tables[]; };
layout(set = 0, binding = 2, std430) restrict writeonly buffer Y { uint y[]; };
layout(push_constant) uniform Push { uint images, size, image_words, table_words; };
#include "rgb_rows.glsl"
#include "scale.glsl"

void main() {
    uint at = invocation_index();
    if (at >= images * size * size) return;
    uint line = divide(at, size), n = divide(line, size), table = n * table_words;
    uint i = line - n * size, j = at - line * size, mirrored = uint(tables[table + MIRRORED]);
    if ((mirrored & VERTICALLY) != 0u) i = size - 1u - i;
    if ((mirrored & HORIZONTALLY) != 0u) j = size - 1u - j;
    uint pixel = bytes_at(4u * n * image_words + 3u * (i * size + j)) & 0xffffffu;
    y[at] = tables[table + WIDTH] > 0 ? pixel : 0u;
}
