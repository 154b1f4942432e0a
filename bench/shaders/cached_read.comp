#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
// variants: load
// cached_read: reads of a set of quads over and over, so that the nearest cache which holds the set serves
// them. For invocation l of workgroup g,
//   y[i] = sum of x[((g * per_invocation + k) * WORKGROUP + l) & mask], k < per_invocation.
// Workgroups walk through the set one behind the other: what does not fit a cache was replaced before it is
// read again.
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
        [[unroll]] for (uint u = 0; u < AT_ONCE; ++u) quads[u] = LOAD(x, (first + (k + u) * WORKGROUP) & mask);
        [[unroll]] for (uint u = 0; u < AT_ONCE; u += 2) {
            even += quads[u];
            odd += quads[u + 1];
        }
    }
    STORE(y, invocation_index(), even + odd);
}
