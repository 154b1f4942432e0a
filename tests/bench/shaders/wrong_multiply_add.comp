#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
// wrong_multiply_add: bench/shaders/multiply_add.comp with a constant changed on purpose:
// a turn too few.
//   0 y   [invocations] fp32 quads: the sums of the chains, so that none can be left out
// Precondition: turns is a multiple of AT_ONCE.
// Constants: 0 workgroup.
#include "index.glsl"
#include "tensor.glsl"
F32_OUT(0, y)
layout(push_constant) uniform Push { uint invocations, turns; float factor, term; };
const uint CHAINS = 8, AT_ONCE = 8;

void main() {
    uint i = invocation_index();
    if (i >= invocations) return;
    vec4 chains[CHAINS];
    for (uint c = 0; c < CHAINS; ++c) chains[c] = vec4(i + 4 * c + uvec4(0, 1, 2, 3));
    vec4 a = vec4(factor), b = vec4(term);
    for (uint t = 0; t < turns; t += AT_ONCE)
        for (uint u = t == 0 ? 1 : 0; u < AT_ONCE; ++u)
            [[unroll]] for (uint c = 0; c < CHAINS; ++c) chains[c] = fma(chains[c], a, b);
    vec4 sum = vec4(0);
    for (uint c = 0; c < CHAINS; ++c) sum += chains[c];
    STORE(y, i, sum);
}
