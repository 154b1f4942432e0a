#version 450
#extension GL_GOOGLE_include_directive : require
// wrong_launch: bench/shaders/launch.comp with a constant changed on purpose.
//   0 y   fp32 quads
// Constants: 0 workgroup.
#include "index.glsl"
#include "tensor.glsl"
F32_OUT(0, y)
layout(push_constant) uniform Push { float value; };

void main() {
    if (invocation_index() == 0) STORE(y, 0, vec4(2));
}
