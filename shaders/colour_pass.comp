#version 450
#extension GL_GOOGLE_include_directive : require
// colour_pass: does one pass of each image's program.
//   0 images     [images, size, size] pixels of a word
//   1 program    [images] of program_words: graph/ops/colour_program.h
//   2 previous   as images: what the pass before left
//   3 tables     [images, 256]: what colour_statistics made for this pass
//   4 y          as images; those that do nothing in this pass are left as they are
// Constants: 0 workgroup, 1 PREVIOUS, 2 KINDS. One invocation computes one pixel.
#include "index.glsl"
layout(push_constant) uniform Push { uint images, size, program_words, pass, operations; };
#include "colours.glsl"
layout(set = 0, binding = 4, std430) restrict writeonly buffer Y { uint y[]; };

void main() {
    uint at = invocation_index();
    if (at >= images * size * size) return;
    uint line = divide(at, size), n = divide(line, size);
    Pass p = pass_of(n);
    if (p.operation < p.end) y[at] = pack_pixel(after(p, p.end, int(at - line * size), int(line - n * size)));
}
