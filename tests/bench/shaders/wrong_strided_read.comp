#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
// wrong_strided_read: bench/shaders/strided_read.comp with a constant changed on purpose:
// half of the run.
//   0 x [run * invocations], 1 y [invocations]   fp32
// Precondition: run is a multiple of AT_ONCE.
// Constants: 0 workgroup.
#include "index.glsl"
#include "tensor.glsl"
VKM_BUFFER_IN_(0, x, float)
VKM_BUFFER_OUT_(1, y, float)
layout(push_constant) uniform Push { uint invocations, run, next; };
const uint AT_ONCE = 8;

void main() {
    uint i = invocation_index();
    if (i >= invocations) return;
    float even = 0, odd = 0;
    for (uint k = 0; k < run / 2; k += AT_ONCE) {
        float numbers[AT_ONCE];
        [[unroll]] for (uint u = 0; u < AT_ONCE; ++u) numbers[u] = x_data[i * run + (k + u) * next];
        [[unroll]] for (uint u = 0; u < AT_ONCE; u += 2) {
            even += numbers[u];
            odd += numbers[u + 1];
        }
    }
    y_data[i] = even + odd;
}
