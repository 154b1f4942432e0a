#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
// shared_numbers: shared_bandwidth with one number of 4 bytes a read: some devices, and processors that gather lane by lane,
// read quads no faster than four numbers. With invocation l of its workgroup,
//   y[i] = s (1, 2, 3, 1) + (0, 0, 0, turns), s = sum of tile[(l + t) % WORKGROUP], t < turns, where tile[l] = l + shift.
//   0 y   [invocations] fp32 quads
// Preconditions: WORKGROUP is at least AT_ONCE, turns a multiple of it, invocations one of WORKGROUP.
// Constants: 0 workgroup. An invocation reads turns numbers of 4 bytes.
#include "index.glsl"
#include "tensor.glsl"
F32_OUT(0, y)
layout(push_constant) uniform Push { uint turns, shift; };
const uint AT_ONCE = 8;

// Twice the same, so that AT_ONCE reads need no remainder.
shared float tile[2 * WORKGROUP];

void main() {
    uint l = gl_LocalInvocationID.x;
    tile[l] = float(l + shift);
    tile[l + WORKGROUP] = float(l + shift);
    barrier();
    float even = 0, odd = 0;
    for (uint t = 0; t < turns; t += AT_ONCE) {
        float numbers[AT_ONCE];
        [[unroll]] for (uint u = 0; u < AT_ONCE; ++u) numbers[u] = tile[l + u];
        [[unroll]] for (uint u = 0; u < AT_ONCE; u += 2) {
            even += numbers[u];
            odd += numbers[u + 1];
        }
        l += AT_ONCE;
        l -= l >= WORKGROUP ? WORKGROUP : 0;
    }
    STORE(y, invocation_index(), (even + odd) * vec4(1, 2, 3, 1) + vec4(0, 0, 0, float(turns)));
}
