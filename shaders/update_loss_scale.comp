#version 450
#extension GL_GOOGLE_include_directive : require
// variants: load
// update_loss_scale: decides whether a step counts, and the next loss scale, as PyTorch's GradScaler does.
//   overflow = any of found:  skipped += 1, good = 0, exponent = max(exponent - 1, lowest)
//   else:                     good += 1; where it reaches growth_interval:
//                             good = 0, exponent = min(exponent + 1, highest)
//   verdict = (overflow ? 0 : 1 / scale, scale, skipped, 1 if the overflow came at the lowest scale)
//   scale is this step's
//   0 found    [parts] fp32 quads (find_non_finite.comp)
//   1 state    ivec4 (loss_scale.glsl), in place
//   2 verdict  one fp32 quad
// Constant 0: workgroup, a power of two. One workgroup.
#include "index.glsl"
#include "loss_scale.glsl"
#include "tensor.glsl"
F32_IN(0, found)
layout(set = 0, binding = 1, std430) restrict buffer State { ivec4 state; };
F32_OUT(2, verdict)
layout(push_constant) uniform Push { uint parts; int growth_interval, lowest, highest; };

shared float any_found[WORKGROUP];

void main() {
    uint lane = gl_LocalInvocationID.x;
    float mine = 0.0;
    for (uint part = lane; part < parts; part += WORKGROUP) mine = max(mine, LOAD(found, part).x);
    any_found[lane] = mine;
    barrier();
    for (uint step = WORKGROUP / 2u; step > 0u; step /= 2u) {
        if (lane < step) any_found[lane] = max(any_found[lane], any_found[lane + step]);
        barrier();
    }
    if (lane != 0u) return;
    bool overflow = any_found[0] > 0.0;
    ivec4 old = state, next = old;
    if (overflow) {
        next.z += 1;
        next.y = 0;
        next.x = max(old.x - 1, lowest);
    } else {
        next.y += 1;
        if (next.y >= growth_interval) {
            next.y = 0;
            next.x = min(old.x + 1, highest);
        }
    }
    state = next;
    int exponent = INITIAL_EXPONENT + old.x;
    STORE(verdict, 0u, vec4(overflow ? 0.0 : power_of_two(-exponent), power_of_two(exponent), float(next.z),
                            overflow && old.x <= lowest ? 1.0 : 0.0));
}
