#version 450
#extension GL_GOOGLE_include_directive : require
// fill: y[i] = value for i < quads.
//   y        [quads] fp32 quads
// One invocation writes one quad; constant 0 is the workgroup's size.
#include "tensor.glsl"
layout(local_size_x_id = 0) in;
F32_OUT(0, y)
layout(push_constant) uniform Push { uint quads; float value; };
void main() {
    uint i = gl_GlobalInvocationID.x;
    if (i < quads) STORE(y, i, vec4(value));
}
