#version 450
#extension GL_GOOGLE_include_directive : require
// variants: storage native
// mix_images: mixes every image with its neighbour, image n with n ^ 1 (graph/ops/sample_terms.h).
//   y[n, h, w] = own x[n, h, w] + (1 - own) x[n ^ 1, h, w]
//   own is 0 in the box [top, bottom) x [left, right), else own_pixels
//   0 x, 1 y   [images, image_quads] tensors; images is even
//   2 terms    [images, 2] fp32 quads: (own_pixels, own_target, top, bottom), (left, right, weight, 0)
// Constant 0: workgroup. One invocation computes one quad.
#include "index.glsl"
#include "tensor.glsl"
TENSOR_BUFFER_IN(0, x)
TENSOR_OUT(1, y)
F32_BUFFER_IN(2, terms)
layout(push_constant) uniform Push { uint images, image_quads, row_quads, pixel_quads; };

void main() {
    uint i = invocation_index();
    if (i >= images * image_quads) return;
    uint image = divide(i, image_quads);
    uint in_image = i - image * image_quads;
    uint row = divide(in_image, row_quads);
    uint column = divide(in_image - row * row_quads, pixel_quads);
    vec4 first = LOAD(terms, image * 2u), second = LOAD(terms, image * 2u + 1u);
    bool boxed = float(row) >= first.z && float(row) < first.w && float(column) >= second.x && float(column) < second.y;
    float own = boxed ? 0.0 : first.x;
    vec4 mine = LOAD(x, i), other = LOAD(x, (image ^ 1u) * image_quads + in_image);
    STORE(y, i, own == 1.0 ? mine : own == 0.0 ? other : own * mine + (1.0 - own) * other);
}
