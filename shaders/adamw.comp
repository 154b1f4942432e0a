#version 450
#extension GL_GOOGLE_include_directive : require
// variants: load
// adamw: torch.optim.AdamW on a range of the flat buffers; with COUPLED torch.optim.Adam. Nothing changes where
// the gradients' factor is 0.
//   g = factor gradient (COUPLED: + decay p);  m = m + (1 - beta1)(g - m);  v = beta2 v + (1 - beta2) g^2
//   p = p - learning_rate decay p (COUPLED: without it)
//         - learning_rate m / (1 - beta1^t) / (sqrt(v) / sqrt(1 - beta2^t) + epsilon)
//   0 parameters, 2 m, 3 v   [quads] fp32, in place
//   1 gradients              [quads] fp32
//   4 step_params            learning_rate
//   5 corrections            factor, 1 / (1 - beta1^t), 1 / sqrt(1 - beta2^t): one fp32 quad
//                            (bias_corrections.comp)
//   6 shares                 of the weight decay (weight_decay.glsl); read with RANGED only
// Constants: 0 workgroup, 1 COUPLED, 2 RANGED. One invocation updates one quad.
#define STEP_PARAMS_BINDING 4
#include "index.glsl"
#include "portable_math.glsl"
#include "step_params.glsl"
#include "tensor.glsl"
layout(constant_id = 1) const uint COUPLED = 0;
layout(constant_id = 2) const uint RANGED = 0;
F32_INOUT(0, parameters)
F32_IN(1, gradients)
F32_INOUT(2, exp_avg)
F32_INOUT(3, exp_avg_sq)
F32_BUFFER_IN(5, corrections)
F32_IN(6, shares)
layout(push_constant) uniform Push { uint quads; float one_minus_beta1, beta2, one_minus_beta2, epsilon, weight_decay; };
#include "weight_decay.glsl"

void main() {
    uint i = invocation_index();
    if (i >= quads) return;
    vec4 correction = LOAD(corrections, 0u);
    if (correction.x == 0.0) return;
    // Devices of different vendors must agree, and compilers differ in which products they contract.
    vec4 p = LOAD(parameters, i);
    float weight = decay_of(i);
    precise vec4 g = correction.x * LOAD(gradients, i);
    if (COUPLED != 0u) g = g + weight * p;
    precise vec4 m = LOAD(exp_avg, i);
    m = m + one_minus_beta1 * (g - m);
    precise vec4 v = beta2 * LOAD(exp_avg_sq, i) + one_minus_beta2 * (g * g);
    precise vec4 spread = portable_sqrt(v) * correction.z + epsilon;
    precise vec4 direction = m * portable_reciprocal(spread);
    // What has had no gradient yet stays, even where epsilon is 0: the zeros that pad matrices.
    // Where v is beyond fp32 the direction is 0.
    direction = mix(direction, vec4(0.0), bvec4(uvec4(equal(m, vec4(0.0))) | uvec4(greaterThan(v, vec4(3.0e38)))));
    precise float rate = step_params.learning_rate * correction.y;
    precise float decay = COUPLED != 0u ? 0.0 : step_params.learning_rate * weight;
    precise vec4 moved = p - decay * p - rate * direction;
    STORE(exp_avg, i, m);
    STORE(exp_avg_sq, i, v);
    STORE(parameters, i, moved);
}
