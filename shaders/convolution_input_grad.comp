#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
// variants: storage load native
// convolution_input_grad: gradient of convolution.comp with respect to its input, as a gather.
//   dx[n, iy, ix, ci] = sum_ky sum_kx sum_co dy[n, oy, ox, co] w[ky, kx, ci, co]
//   over the taps for which oy = (iy + pad_top - ky) / S and ox = (ix + pad_left - kx) / S are whole
//   and in range
//   0 dy       [images, out_height, out_width, out_channels] tensor
//   1 w        [K, K, 4 ceil(in_channels / 4), out_channels] tensor
//   2 dx       [images, height, width, in_channels] tensor
// Constants: 0 workgroup, 1 K, 2 S (stride).
// An invocation computes one input quad; invocations (input quads first, then width, height, images) are at
// least images * height * width * ceil(in_channels / 4).
// No network here needs more than a simple kernel for it: the stem's input is the image.
#include "index.glsl"
#include "tensor.glsl"
layout(constant_id = 1) const uint KERNEL = 3;
layout(constant_id = 2) const uint STRIDE = 1;

TENSOR_IN(0, dy)
TENSOR_IN(1, w)
TENSOR_OUT(2, dx)
layout(push_constant) uniform Push {
    uint images, height, width, in_channels;
    uint out_height, out_width, out_channels;
    uint pad_top, pad_left;
};

void main() {
    uint in_quads = (in_channels + 3u) / 4u, out_quads = (out_channels + 3u) / 4u;
    uint i = invocation_index();
    uint pixel = divide(i, in_quads), ci = i - pixel * in_quads;
    uint in_row = divide(pixel, width), ix = pixel - in_row * width;
    uint n = divide(in_row, height), iy = in_row - n * height;
    if (n >= images) return;

    vec4 sum = vec4(0.0);
    for (uint ky = 0; ky < KERNEL; ++ky) {
        uint y = iy + pad_top - ky, oy = y / STRIDE;  // wraps to a large number above the image
        if (iy + pad_top < ky || oy * STRIDE != y || oy >= out_height) continue;
        for (uint kx = 0; kx < KERNEL; ++kx) {
            uint x = ix + pad_left - kx, ox = x / STRIDE;
            if (ix + pad_left < kx || ox * STRIDE != x || ox >= out_width) continue;
            uint from = ((n * out_height + oy) * out_width + ox) * out_quads;
            uint k = ((ky * KERNEL + kx) * in_quads + ci) * 4u * out_quads;
            for (uint co = 0; co < out_quads; ++co) {
                vec4 v = LOAD(dy, from + co);
                sum += vec4(dot(v, LOAD(w, k + co)), dot(v, LOAD(w, k + out_quads + co)),
                            dot(v, LOAD(w, k + 2u * out_quads + co)), dot(v, LOAD(w, k + 3u * out_quads + co)));
            }
        }
    }
    STORE(dx, i, sum);
}
