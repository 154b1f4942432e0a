#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
// strided_read: y[i] = sum of x[i * run + k * next], k < run, for i < invocations. With next = 1 an
// invocation has a run of numbers of its own, and neighbours read a run apart: nothing that they read in one
// instruction is together. That next is 1 is not known here, so that no compiler joins an invocation's reads.
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
    for (uint k = 0; k < run; k += AT_ONCE) {
        float numbers[AT_ONCE];
        [[unroll]] for (uint u = 0; u < AT_ONCE; ++u) numbers[u] = x_data[i * run + (k + u) * next];
        [[unroll]] for (uint u = 0; u < AT_ONCE; u += 2) {
            even += numbers[u];
            odd += numbers[u + 1];
        }
    }
    y_data[i] = even + odd;
}
