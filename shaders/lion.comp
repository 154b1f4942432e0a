#version 450
#extension GL_GOOGLE_include_directive : require
// variants: load
// lion: "Symbolic Discovery of Optimization Algorithms" (Chen et al. 2023) on a range of the flat buffers.
// Nothing changes where the gradients' factor is 0.
//   g = factor gradient;  u = beta1 m + (1 - beta1) g;  m = beta2 m + (1 - beta2) g
//   p = p - learning_rate decay p - learning_rate sign(u)
//   0 parameters, 2 m        [quads] fp32, in place
//   1 gradients              [quads] fp32
//   3 step_params            learning_rate
//   4 guard, 5 unscale       the update guard's (update_guard.glsl)
//   6 shares                 of the weight decay (weight_decay.glsl); read with RANGED only
// Constants: 0 workgroup, 1 GUARDED, 2 SCALED, 3 RANGED. One invocation updates one quad.
#define STEP_PARAMS_BINDING 3
#include "index.glsl"
#include "step_params.glsl"
#include "tensor.glsl"
layout(constant_id = 1) const uint GUARDED = 0;
layout(constant_id = 2) const uint SCALED = 0;
layout(constant_id = 3) const uint RANGED = 0;
F32_INOUT(0, parameters)
F32_IN(1, gradients)
F32_INOUT(2, exp_avg)
F32_BUFFER_IN(4, guard)
F32_BUFFER_IN(5, unscale)
F32_IN(6, shares)
#include "update_guard.glsl"
layout(push_constant) uniform Push { uint quads; float beta1, one_minus_beta1, beta2, one_minus_beta2, weight_decay; };
#include "weight_decay.glsl"

void main() {
    uint i = invocation_index();
    if (i >= quads) return;
    float factor = gradient_factor();
    if (factor == 0.0) return;
    vec4 p = LOAD(parameters, i), m = LOAD(exp_avg, i);
    // Devices of different vendors must agree, and compilers differ in which products they contract.
    precise vec4 g = factor * LOAD(gradients, i);
    precise vec4 u = beta1 * m + one_minus_beta1 * g;
    precise vec4 mean = beta2 * m + one_minus_beta2 * g;
    precise float decay = step_params.learning_rate * decay_of(i);
    precise vec4 moved = p - decay * p - step_params.learning_rate * sign(u);
    STORE(exp_avg, i, mean);
    STORE(parameters, i, moved);
}
