#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
// shared_bandwidth: the most that invocations read of their workgroup's shared memory. With invocation l of
// its workgroup,
//   y[i] = sum of tile[(l + t) % WORKGROUP], t < turns, where tile[l] = (l + shift) (1, 2, 3, 1) + (0, 0, 0, 1).
// Neighbours read neighbouring quads, so that no two of them meet in a bank.
//   0 y   [invocations] fp32 quads
// Preconditions: WORKGROUP is at least AT_ONCE, turns a multiple of it, invocations one of WORKGROUP.
// Constants: 0 workgroup. An invocation reads turns quads of 16 bytes.
#include "index.glsl"
#include "tensor.glsl"
F32_OUT(0, y)
layout(push_constant) uniform Push { uint turns, shift; };
const uint AT_ONCE = 8;

// Twice the same, so that AT_ONCE reads need no remainder.
shared vec4 tile[2 * WORKGROUP];

void main() {
    uint l = gl_LocalInvocationID.x;
    vec4 mine = vec4(float(l + shift)) * vec4(1, 2, 3, 1) + vec4(0, 0, 0, 1);
    tile[l] = mine;
    tile[l + WORKGROUP] = mine;
    barrier();
    vec4 even = vec4(0), odd = vec4(0);
    for (uint t = 0; t < turns; t += AT_ONCE) {
        vec4 quads[AT_ONCE];
        [[unroll]] for (uint u = 0; u < AT_ONCE; ++u) quads[u] = tile[l + u];
        [[unroll]] for (uint u = 0; u < AT_ONCE; u += 2) {
            even += quads[u];
            odd += quads[u + 1];
        }
        l += AT_ONCE;
        l -= l >= WORKGROUP ? WORKGROUP : 0;
    }
    STORE(y, invocation_index(), even + odd);
}
