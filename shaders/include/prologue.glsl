// What a convolution does to an input as it loads it:  x'[row, c] = SCALE ? x[row, c] * scale[row / rows_per_image, c] : x[row, c]
// (squeeze-and-excite, fused into the convolution that consumes it).
//
// The including shader defines
//   PROLOGUE_CONSTANT   id of the specialization constant SCALE
//   PROLOGUE_BINDING    binding of scale, a tensor [images][C]; any tensor the shader reads may be bound where !SCALE
// and calls, with `quads` = ceil(C / 4):
//   uint prologue_row(row, rows_per_image, quads)   once a row: where its scale starts
//   vec4 prologue(x, start, quad)                   for each quad loaded
#ifndef VKM_PROLOGUE_GLSL
#define VKM_PROLOGUE_GLSL
#include "tensor.glsl"

layout(constant_id = PROLOGUE_CONSTANT) const bool SCALE = false;
TENSOR_IN(PROLOGUE_BINDING, scale)

uint prologue_row(uint row, uint rows_per_image, uint quads) {
    return SCALE ? row / rows_per_image * quads : 0u;
}

vec4 prologue(vec4 x, uint start, uint quad) {
    if (SCALE) return x * LOAD(scale, start + quad);
    return x;
}

#endif
