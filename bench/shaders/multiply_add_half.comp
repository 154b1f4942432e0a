#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_shader_explicit_arithmetic_types_float16 : require
// interface: multiply_add
// multiply_add_half: multiply_add.comp in fp16 arithmetic (shaderFloat16).
//   0 y   [invocations] fp32 quads
// Constants: 0 workgroup.
#include "index.glsl"
#include "tensor.glsl"
F32_OUT(0, y)
layout(push_constant) uniform Push { uint invocations, turns; float factor, term; };
const uint CHAINS = 8;

void main() {
    uint i = invocation_index();
    if (i >= invocations) return;
    f16vec4 chains[CHAINS];
    for (uint c = 0; c < CHAINS; ++c) chains[c] = f16vec4(vec4(i & 7u, c, 1, 2));
    f16vec4 a = f16vec4(factor), b = f16vec4(term);
    for (uint t = 0; t < turns; ++t)
        for (uint c = 0; c < CHAINS; ++c) chains[c] = fma(chains[c], a, b);
    f16vec4 sum = f16vec4(0);
    for (uint c = 0; c < CHAINS; ++c) sum += chains[c];
    STORE(y, i, vec4(sum));
}
