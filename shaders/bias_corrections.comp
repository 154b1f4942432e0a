#version 450
#extension GL_GOOGLE_include_directive : require
// bias_corrections: counts Adam's updates, and computes how its moments are to be scaled in this one.
//   t = updates + 1;  corrections = (factor, 1 / (1 - beta1^t), 1 / sqrt(1 - beta2^t), 0);  updates = t
//   factor is what gradients are multiplied by (update_guard.glsl); where it is 0 no update is counted
//   0 updates      one int, in place
//   1 corrections  one fp32 quad
//   2 guard        one fp32 quad, the loss first; any small buffer where GUARDED is 0
//   3 unscale      one fp32 quad, the factor first; any small buffer where SCALED is 0, for which it is 1
// Constants: 0 workgroup, which is 1; 1 GUARDED, 2 SCALED. One workgroup.
#include "index.glsl"
#include "portable_math.glsl"
#include "tensor.glsl"
layout(constant_id = 1) const uint GUARDED = 0;
layout(constant_id = 2) const uint SCALED = 0;
layout(set = 0, binding = 0, std430) restrict buffer Updates { int updates; };
F32_OUT(1, corrections)
F32_BUFFER_IN(2, guard)
F32_BUFFER_IN(3, unscale)
layout(push_constant) uniform Push { float one_minus_beta1, one_minus_beta2; };
#include "update_guard.glsl"

// Returns 1 - beta^t from 1 - beta, by squaring: 1 - (1 - a)(1 - b) = a + b (1 - a).
// Nothing cancels, so the error stays a few roundings.
vec2 one_minus_power(vec2 one_minus_beta, uint t) {
    precise vec2 result = vec2(0.0), square = one_minus_beta;
    for (; t > 0u; t >>= 1) {
        if ((t & 1u) != 0u) result = result + square * (1.0 - result);
        square = square * (2.0 - square);
    }
    return result;
}

void main() {
    float factor = gradient_factor();
    if (factor == 0.0) {
        STORE(corrections, 0u, vec4(0.0));
        return;
    }
    int made = updates + 1;
    updates = made;
    vec2 moments = one_minus_power(vec2(one_minus_beta1, one_minus_beta2), uint(made));
    precise vec4 scales = portable_reciprocal(vec4(moments.x, portable_sqrt(vec4(moments.y)).x, 1.0, 1.0));
    STORE(corrections, 0u, vec4(factor, scales.xy, 0.0));
}
