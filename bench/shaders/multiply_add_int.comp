#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
// interface: multiply_add
// multiply_add_int: multiply_add.comp in 32-bit integers. A multiplication and an addition count as two
// operations.
//   0 y   [invocations] fp32 quads
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
    ivec4 chains[CHAINS];
    for (uint c = 0; c < CHAINS; ++c) chains[c] = ivec4(i + 4 * c + uvec4(0, 1, 2, 3));
    ivec4 a = ivec4(factor), b = ivec4(term);
    for (uint t = 0; t < turns; t += AT_ONCE)
        [[unroll]] for (uint u = 0; u < AT_ONCE; ++u)
            [[unroll]] for (uint c = 0; c < CHAINS; ++c) chains[c] = chains[c] * a + b;
    ivec4 sum = ivec4(0);
    for (uint c = 0; c < CHAINS; ++c) sum += chains[c];
    STORE(y, i, vec4(sum));
}
