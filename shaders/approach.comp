#version 450
#extension GL_GOOGLE_include_directive : require
// variants: load
// approach: average += w (target - average), exactly the target where w is 1.
//   0 average   [quads] fp32, in place
//   1 target    [quads] fp32
//   2 rate      one fp32 quad, w first
// Constant 0: workgroup. One invocation moves one quad.
#include "index.glsl"
#include "tensor.glsl"
F32_INOUT(0, average)
F32_IN(1, target)
F32_BUFFER_IN(2, rate)
layout(push_constant) uniform Push { uint quads; };

void main() {
    uint i = invocation_index();
    if (i >= quads) return;
    float w = LOAD(rate, 0u).x;
    if (w == 0.0) return;
    vec4 to = LOAD(target, i), from = LOAD(average, i);
    // Devices of different vendors must agree, and compilers differ in which products they contract.
    precise vec4 moved = from + w * (to - from);
    STORE(average, i, w == 1.0 ? to : moved);
}
