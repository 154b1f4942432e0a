#version 450
#extension GL_GOOGLE_include_directive : require
// wrong_strided_write: bench/shaders/strided_write.comp with a constant changed on purpose: a number too few.
//   0 y [run * invocations]   fp32
// Constants: 0 workgroup.
#include "index.glsl"
#include "tensor.glsl"
VKM_BUFFER_OUT_(0, y, float)
layout(push_constant) uniform Push { uint invocations, run, next; };

void main() {
    uint i = invocation_index();
    if (i >= invocations) return;
    for (uint k = 0; k + 1 < run; ++k) y_data[i * run + k * next] = float(i + k);
}
