#version 450
#extension GL_GOOGLE_include_directive : require
// write_bandwidth: y[i] = i for i < quads.
//   0 y   [quads] fp32
// Constants: 0 workgroup. One invocation writes one quad.
#include "index.glsl"
#include "tensor.glsl"
F32_OUT(0, y)
layout(push_constant) uniform Push { uint quads; };

void main() {
    uint i = invocation_index();
    if (i < quads) STORE(y, i, vec4(i));
}
