#version 450
#extension GL_GOOGLE_include_directive : require
// variants: load
// wrong_read: bench/shaders/read_bandwidth.comp with a constant changed on purpose: every second read.
//   0 x [per_invocation * stride], 1 y [stride]   fp32 quads
// Constants: 0 workgroup.
#include "index.glsl"
#include "tensor.glsl"
F32_IN(0, x)
F32_OUT(1, y)
layout(push_constant) uniform Push { uint stride, per_invocation; };

void main() {
    uint i = invocation_index();
    if (i >= stride) return;
    vec4 a = vec4(0), b = vec4(0);
    for (uint k = 0; k < per_invocation; k += 4) {
        a += LOAD(x, i + k * stride);
        b += LOAD(x, i + (k + 1) * stride);
    }
    STORE(y, i, a + b);
}
