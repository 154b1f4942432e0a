#version 450
#extension GL_GOOGLE_include_directive : require
// wrong_write: bench/shaders/write_bandwidth.comp with a constant changed on purpose: half of the quads.
//   0 y   [quads] fp32
// Constants: 0 workgroup. One invocation writes one quad.
#include "index.glsl"
#include "tensor.glsl"
F32_OUT(0, y)
layout(push_constant) uniform Push { uint quads; };

void main() {
    uint i = invocation_index();
    if (2 * i < quads) STORE(y, i, vec4(i));
}
