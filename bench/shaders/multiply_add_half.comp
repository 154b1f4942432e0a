#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#extension GL_EXT_shader_explicit_arithmetic_types_float16 : require
// interface: multiply_add
// multiply_add_half: multiply_add.comp in fp16 arithmetic (shaderFloat16), with i % 8 for i. A compiler may move every
// number there and back where the loop begins again: that is made rare.
//   0 y   [invocations] fp32 quads
// Precondition: turns is a multiple of AT_ONCE.
// Constants: 0 workgroup.
#include "index.glsl"
#include "tensor.glsl"
F32_OUT(0, y)
layout(push_constant) uniform Push { uint invocations, turns; float factor, term; };
const uint CHAINS = 8, AT_ONCE = 32;

void main() {
    uint i = invocation_index();
    if (i >= invocations) return;
    f16vec4 chains[CHAINS];
    for (uint c = 0; c < CHAINS; ++c) chains[c] = f16vec4((i & 7u) + 4 * c + uvec4(0, 1, 2, 3));
    f16vec4 a = f16vec4(factor), b = f16vec4(term);
    for (uint t = 0; t < turns; t += AT_ONCE)
        [[unroll]] for (uint u = 0; u < AT_ONCE; ++u)
            [[unroll]] for (uint c = 0; c < CHAINS; ++c) chains[c] = fma(chains[c], a, b);
    f16vec4 sum = f16vec4(0);
    for (uint c = 0; c < CHAINS; ++c) sum += chains[c];
    STORE(y, i, vec4(sum));
}
