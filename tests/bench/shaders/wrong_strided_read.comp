#version 450
#extension GL_GOOGLE_include_directive : require
// wrong_strided_read: bench/shaders/strided_read.comp with a constant changed on purpose: a number too few.
//   0 x [run * invocations], 1 y [invocations]   fp32
// Constants: 0 workgroup.
#include "index.glsl"
#include "tensor.glsl"
VKM_BUFFER_IN_(0, x, float)
VKM_BUFFER_OUT_(1, y, float)
layout(push_constant) uniform Push { uint invocations, run, next; };

void main() {
    uint i = invocation_index();
    if (i >= invocations) return;
    float even = 0, odd = 0;
    for (uint k = 0; k < run - 2; k += 2) {
        even += x_data[i * run + k * next];
        odd += x_data[i * run + (k + 1) * next];
    }
    y_data[i] = even + odd;
}
