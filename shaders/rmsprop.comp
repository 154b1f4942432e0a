#version 450
#extension GL_GOOGLE_include_directive : require
// variants: load
// rmsprop: torch.optim.RMSprop on a range of the flat buffers; with INSIDE TensorFlow's form of it, in which
// epsilon is inside the root and the momentum keeps steps, not directions. Nothing changes where the gradients'
// factor is 0.
//   g = factor gradient + decay p;  s = alpha s + (1 - alpha) g^2;  CENTERED: a = a + (1 - alpha)(g - a), else 0
//   d = g / (sqrt(s - a^2) + epsilon)              INSIDE: d = learning_rate g / sqrt(s - a^2 + epsilon)
//   MOMENTUM: b = momentum b + d, else b = d
//   p = p - learning_rate b                        INSIDE: p = p - b
//   0 parameters, 2 s        [quads] fp32, in place
//   1 gradients              [quads] fp32
//   3 a, 4 b                 [quads] fp32, in place; used with CENTERED, with MOMENTUM only
//   5 step_params            learning_rate
//   6 factors                one fp32 quad, the gradients' factor first (update_factor.comp)
//   7 shares                 of the weight decay (weight_decay.glsl); read with RANGED only
// Constants: 0 workgroup, 1 INSIDE, 2 CENTERED, 3 MOMENTUM, 4 RANGED. One invocation updates one quad.
#define STEP_PARAMS_BINDING 5
#include "index.glsl"
#include "portable_math.glsl"
#include "step_params.glsl"
#include "tensor.glsl"
layout(constant_id = 1) const uint INSIDE = 0;
layout(constant_id = 2) const uint CENTERED = 0;
layout(constant_id = 3) const uint MOMENTUM = 0;
layout(constant_id = 4) const uint RANGED = 0;
F32_INOUT(0, parameters)
F32_IN(1, gradients)
F32_INOUT(2, square_avg)
F32_INOUT(3, grad_avg)
F32_INOUT(4, momenta)
F32_BUFFER_IN(6, factors)
F32_IN(7, shares)
layout(push_constant) uniform Push { uint quads; float alpha, one_minus_alpha, epsilon, momentum, weight_decay; };
#include "weight_decay.glsl"

void main() {
    uint i = invocation_index();
    if (i >= quads) return;
    float factor = LOAD(factors, 0u).x;
    if (factor == 0.0) return;
    vec4 p = LOAD(parameters, i);
    // Devices of different vendors must agree, and compilers differ in which products they contract.
    precise vec4 g = factor * LOAD(gradients, i) + decay_of(i) * p;
    precise vec4 s = alpha * LOAD(square_avg, i) + one_minus_alpha * (g * g);
    STORE(square_avg, i, s);
    precise vec4 spread = s;
    if (CENTERED != 0u) {
        precise vec4 a = LOAD(grad_avg, i);
        a = a + one_minus_alpha * (g - a);
        STORE(grad_avg, i, a);
        spread = max(s - a * a, vec4(0.0));
    }
    if (INSIDE != 0u)
        spread = portable_sqrt(spread + epsilon);
    else
        spread = portable_sqrt(spread) + epsilon;
    precise vec4 d = g * portable_reciprocal(spread);
    // What has no gradient stays, even where epsilon is 0: the zeros that pad matrices.
    // Where the square is beyond fp32 the direction is 0.
    d = mix(d, vec4(0.0), bvec4(uvec4(equal(g, vec4(0.0))) | uvec4(greaterThan(s, vec4(3.0e38)))));
    if (INSIDE != 0u) d = step_params.learning_rate * d;
    if (MOMENTUM != 0u) {
        d = momentum * LOAD(momenta, i) + d;
        STORE(momenta, i, d);
    }
    precise vec4 moved = p - (INSIDE != 0u ? d : step_params.learning_rate * d);
    STORE(parameters, i, moved);
}
