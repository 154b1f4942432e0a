#version 450
#extension GL_GOOGLE_include_directive : require
// accumulate: y[i] += x[i] for i < quads, so that a missing or superfluous dispatch shows.
//   x        [quads] fp32 quads
//   y        [quads] fp32 quads, in place
// One invocation writes one quad; constant 0 is the workgroup's size.
// variants: load
#include "tensor.glsl"
layout(local_size_x_id = 0) in;
F32_IN(0, x)
F32_INOUT(1, y)
layout(push_constant) uniform Push { uint quads; };
void main() {
    uint i = gl_GlobalInvocationID.x;
    if (i < quads) STORE(y, i, LOAD(y, i) + LOAD(x, i));
}
