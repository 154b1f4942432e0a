#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
#extension GL_EXT_spirv_intrinsics : require
// multiply_add_dot: CHAINS independent chains of `turns` dot products of four signed bytes with four, on four
// lanes each: in every turn a number x becomes
//   term + sum of byte j of x * byte j of factor, j < 4.
// Lane l of chain c begins with i % 8 + 4 c + l. It needs shaderIntegerDotProduct. Four multiplications and four
// additions are eight operations.
//   0 y   [invocations] fp32 quads: the sums of the chains, so that none can be left out
// Precondition: turns is a multiple of AT_ONCE.
// Constants: 0 workgroup.
#include "index.glsl"
#include "tensor.glsl"
F32_OUT(0, y)
layout(push_constant) uniform Push { uint invocations, turns, factor; int term; };
const uint CHAINS = 8, AT_ONCE = 8;

// OpSDot, for which GLSL has a word in newer compilers only. Format 0 is four bytes in a word.
spirv_instruction(extensions = ["SPV_KHR_integer_dot_product"], capabilities = [6018, 6019], id = 4450)
int packed_dot(uint x, uint y, spirv_literal int format);

void main() {
    uint i = invocation_index();
    if (i >= invocations) return;
    ivec4 chains[CHAINS];
    for (uint c = 0; c < CHAINS; ++c) chains[c] = ivec4((i & 7u) + 4 * c + uvec4(0, 1, 2, 3));
    for (uint t = 0; t < turns; t += AT_ONCE)
        [[unroll]] for (uint u = 0; u < AT_ONCE; ++u)
            [[unroll]] for (uint c = 0; c < CHAINS; ++c) {
                uvec4 x = uvec4(chains[c]);
                chains[c] = term + ivec4(packed_dot(x.x, factor, 0), packed_dot(x.y, factor, 0),
                                         packed_dot(x.z, factor, 0), packed_dot(x.w, factor, 0));
            }
    ivec4 sum = ivec4(0);
    for (uint c = 0; c < CHAINS; ++c) sum += chains[c];
    STORE(y, i, vec4(sum));
}
