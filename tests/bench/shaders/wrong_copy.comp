#version 450
#extension GL_GOOGLE_include_directive : require
// variants: load
// wrong_copy: bench/shaders/copy_bandwidth.comp with a constant changed on purpose: the last quad but a few is left out.
//   0 x, 1 y   [quads] fp32
// Constants: 0 workgroup. One invocation copies one quad.
#include "index.glsl"
#include "tensor.glsl"
F32_IN(0, x)
F32_OUT(1, y)
layout(push_constant) uniform Push { uint quads; };

void main() {
    uint i = invocation_index();
    if (i + 7 < quads) STORE(y, i, LOAD(x, i));
}
