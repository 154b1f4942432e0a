#version 450
#extension GL_GOOGLE_include_directive : require
// variants: load
// sum_parts: y[i] = partial[0][i] + partial[1][i] + … in this order, for every sum that was split into parts.
//   partial  [parts][quads] fp32 quads
//   y        [quads] fp32 quads; may not overlap partial
// One invocation adds up one quad. Grid: ceil(quads / WORKGROUP) workgroups folded over x and y.
// Constants: 0 WORKGROUP.
#include "tensor.glsl"
layout(local_size_x_id = 0) in;
F32_IN(0, partial)
F32_OUT(1, y)
layout(push_constant) uniform Push { uint quads, parts; };

void main() {
    const uint i = (gl_WorkGroupID.y * gl_NumWorkGroups.x + gl_WorkGroupID.x) * gl_WorkGroupSize.x + gl_LocalInvocationID.x;
    if (i >= quads) return;
    vec4 sum = LOAD(partial, i);
    for (uint p = 1; p < parts; ++p) sum += LOAD(partial, p * quads + i);
    STORE(y, i, sum);
}
