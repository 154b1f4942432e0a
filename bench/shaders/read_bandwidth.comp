#version 450
#extension GL_GOOGLE_include_directive : require
// variants: load
// read_bandwidth: y[i] = sum of x[i + k stride], k < per_invocation, for i < stride. The sums keep a compiler from
// leaving the reads out; what they write is 1 / per_invocation of what they read.
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
    for (uint k = 0; k < per_invocation; k += 2) {
        a += LOAD(x, i + k * stride);
        b += LOAD(x, i + (k + 1) * stride);
    }
    STORE(y, i, a + b);
}
