#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
// variants: load
// wrong_cached_read: bench/shaders/cached_read.comp with a constant changed on purpose:
// half of the set.
//   0 x [mask + 1], 1 y [invocations]   fp32 quads
// Preconditions: mask + 1 is a power of two, per_invocation a multiple of AT_ONCE.
// Constants: 0 workgroup. An invocation reads per_invocation quads of 16 bytes.
#include "index.glsl"
#include "tensor.glsl"
F32_IN(0, x)
F32_OUT(1, y)
layout(push_constant) uniform Push { uint mask, per_invocation; };
const uint AT_ONCE = 8;

void main() {
    uint first = workgroup_index() * per_invocation * WORKGROUP + gl_LocalInvocationID.x;
    vec4 even = vec4(0), odd = vec4(0);
    for (uint k = 0; k < per_invocation; k += AT_ONCE) {
        vec4 quads[AT_ONCE];
        [[unroll]] for (uint u = 0; u < AT_ONCE; ++u) quads[u] = LOAD(x, (first + (k + u) * WORKGROUP) & mask / 2);
        [[unroll]] for (uint u = 0; u < AT_ONCE; u += 2) {
            even += quads[u];
            odd += quads[u + 1];
        }
    }
    STORE(y, invocation_index(), even + odd);
}
