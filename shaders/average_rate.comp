#version 450
#extension GL_GOOGLE_include_directive : require
// average_rate: counts the updates of a moving average, and says how far it goes towards the weights in this one.
//   n = updates + 1;  rate = (w, 0, 0, 0);  updates = n
//   w = 1 up to update `start`. Then, with k = n - start: 0 unless k - 1 is a multiple of `every`, else 1 - d(k)
//   with WARMUP 0: d = decay                       1: d = min(decay, (1 + k) / (10 + k))
//               2: d = decay (1 - exp(-k / 2000))  3: d = min(decay, 1 - k^(-2/3))
//   Where the guard is not finite or unscale is zero no update was made: nothing is counted, and w is 0.
//   0 updates   one int, in place
//   1 rate      one fp32 quad
//   2 guard     one fp32 quad, the loss first; any small buffer where GUARDED is 0
//   3 unscale   one fp32 quad, the factor first; any small buffer where SCALED is 0, for which it is 1
// Constants: 0 workgroup, which is 1; 1 GUARDED, 2 SCALED, 3 WARMUP. One workgroup.
#include "index.glsl"
#include "portable_math.glsl"
#include "tensor.glsl"
layout(constant_id = 1) const uint GUARDED = 0;
layout(constant_id = 2) const uint SCALED = 0;
layout(constant_id = 3) const uint WARMUP = 0;
layout(set = 0, binding = 0, std430) restrict buffer Updates { int updates; };
F32_OUT(1, rate)
F32_BUFFER_IN(2, guard)
F32_BUFFER_IN(3, unscale)
layout(push_constant) uniform Push { float decay, one_minus_decay; int start, every; };
#include "update_guard.glsl"

float weight_of(float k) {
    precise float w = one_minus_decay;
    if (WARMUP == 1u) w = max(w, 9.0 * portable_reciprocal(vec4(10.0 + k)).x);
    if (WARMUP == 2u) w = w + decay * portable_exp_of_minus(k * (1.0 / 2000.0));
    if (WARMUP == 3u) {
        precise float root = portable_reciprocal_cube_root(k);
        w = max(w, root * root);
    }
    return w;
}

void main() {
    if (gradient_factor() == 0.0) {
        STORE(rate, 0u, vec4(0.0));
        return;
    }
    int made = updates + 1;
    updates = made;
    int k = made - start;
    float w = 1.0;
    if (k > 0) w = (k - 1) % every == 0 ? weight_of(float(k)) : 0.0;
    STORE(rate, 0u, vec4(w, 0.0, 0.0, 0.0));
}
