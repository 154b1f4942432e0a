#version 450
#extension GL_GOOGLE_include_directive : require
// variants: load
// find_non_finite: whether a range of numbers holds an infinity or a NaN.
//   found[first + g] = (1 if workgroup g met one, else 0, 0, 0, 0)
//   0 x      [quads] fp32
//   1 found  [first + workgroups or more] fp32 quads
// Constant 0: workgroup, a power of two.
// Workgroup g reads the quads g * workgroup + lane + k * workgroups * workgroup. It looks at their bits,
// because drivers may compute as if nothing were infinite.
#include "index.glsl"
#include "tensor.glsl"
F32_IN(0, x)
F32_OUT(1, found)
layout(push_constant) uniform Push { uint quads, first, workgroups; };

shared uint largest[WORKGROUP];

void main() {
    uint group = workgroup_index();
    if (group >= workgroups) return;
    uint lane = gl_LocalInvocationID.x;
    uvec4 most = uvec4(0u);  // without its sign, a float is as large as its bits
    for (uint i = invocation_index(); i < quads; i += workgroups * WORKGROUP)
        most = max(most, floatBitsToUint(LOAD(x, i)) & 0x7fffffffu);
    largest[lane] = max(max(most.x, most.y), max(most.z, most.w));
    barrier();
    for (uint step = WORKGROUP / 2u; step > 0u; step /= 2u) {
        if (lane < step) largest[lane] = max(largest[lane], largest[lane + step]);
        barrier();
    }
    if (lane == 0u) STORE(found, first + group, vec4(largest[0] >= 0x7f800000u ? 1.0 : 0.0, 0.0, 0.0, 0.0));
}
