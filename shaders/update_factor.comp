#version 450
#extension GL_GOOGLE_include_directive : require
// update_factor: what gradients are multiplied by in an update, 0 where there is none (update_guard.glsl), for
// kernels that have no bindings left for what it depends on.
//   0 factors      one fp32 quad: the factor, 0, 0, 0
//   1 guard        one fp32 quad, the loss first; read with GUARDED only
//   2 unscale      one fp32 quad, the factor first; read with SCALED only, else 1
// Constants: 0 workgroup, which is 1; 1 GUARDED, 2 SCALED. One workgroup.
#include "index.glsl"
#include "tensor.glsl"
layout(constant_id = 1) const uint GUARDED = 0;
layout(constant_id = 2) const uint SCALED = 0;
F32_OUT(0, factors)
F32_BUFFER_IN(1, guard)
F32_BUFFER_IN(2, unscale)
#include "update_guard.glsl"

void main() { STORE(factors, 0u, vec4(gradient_factor(), 0.0, 0.0, 0.0)); }
