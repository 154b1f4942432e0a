#version 450
#extension GL_GOOGLE_include_directive : require
// variants: load
// sgd: torch.optim.SGD on a range of the flat buffers.
// Nothing changes where the guard is not finite or unscale is zero.
//   g = unscale gradient + decay p;  v = momentum v + g
//   p -= learning_rate (nesterov ? g + momentum v : v)
//   0 parameters, 2 momenta   [quads] fp32, in place
//   1 gradients               [quads] fp32
//   3 step_params             learning_rate
//   4 guard                   one fp32 quad, the loss first; read with GUARDED only
//   5 unscale                 one fp32 quad, the factor first; read with SCALED only, else 1
//   6 shares                  of the weight decay (weight_decay.glsl); read with RANGED only
// Constants: 0 workgroup, 1 NESTEROV, 2 GUARDED, 3 SCALED, 4 RANGED. One invocation updates one quad.
#define STEP_PARAMS_BINDING 3
#include "index.glsl"
#include "step_params.glsl"
#include "tensor.glsl"
layout(constant_id = 1) const uint NESTEROV = 0;
layout(constant_id = 2) const uint GUARDED = 0;
layout(constant_id = 3) const uint SCALED = 0;
layout(constant_id = 4) const uint RANGED = 0;
F32_INOUT(0, parameters)
F32_IN(1, gradients)
F32_INOUT(2, momenta)
F32_BUFFER_IN(4, guard)
F32_BUFFER_IN(5, unscale)
F32_IN(6, shares)
#include "update_guard.glsl"
layout(push_constant) uniform Push { uint quads; float momentum, weight_decay; };
#include "weight_decay.glsl"

void main() {
    uint i = invocation_index();
    if (i >= quads) return;
    float factor = gradient_factor();
    if (factor == 0.0) return;
    vec4 p = LOAD(parameters, i);
    // Devices of different vendors must agree, and compilers differ in which products they contract.
    precise vec4 g = factor * LOAD(gradients, i) + decay_of(i) * p;
    precise vec4 v = momentum * LOAD(momenta, i) + g;
    precise vec4 moved = p - step_params.learning_rate * (NESTEROV != 0u ? g + momentum * v : v);
    STORE(momenta, i, v);
    STORE(parameters, i, moved);
}
