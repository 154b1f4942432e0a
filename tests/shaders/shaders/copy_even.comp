#version 450
#extension GL_GOOGLE_include_directive : require
// interface: copy + even
// copy_even: one of two kernels of one interface, with a constant of its own and one in common.
#include "index.glsl"
#include "tensor.glsl"
layout(constant_id = 1) const uint STEP = 1;
layout(constant_id = 3) const bool TWICE = true;
F32_IN(0, x)
F32_OUT(1, y)
layout(push_constant) uniform Push { uint quads; };

void main() {
    const uint i = invocation_index() * STEP;
    if (i < quads) STORE(y, i, LOAD(x, i) * (TWICE ? 2.0 : 1.0));
}
