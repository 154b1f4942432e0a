#version 450
#extension GL_GOOGLE_include_directive : require
// variants: storage load native
// target_loss_grad: the gradient of target_loss. With t, w and f as there:
//   softmax   dlogits[r, k] = f loss_scale (p_k sum_j w_j t_j - w_k t_k)
//   SIGMOID   dlogits[r, k] = f loss_scale w_k (sigmoid(x_k) - t_k)
// zero where the label is -1, and beyond the last class.
//   0 logits    [rows, ceil(classes / 4)] tensor
//   1 labels, 2 terms, 3 class_weights (targets.glsl)
//   4 dlogits   [rows, ceil(classes / 4)] tensor
//   5 state     ivec4: the loss scale (loss_scale.glsl); read with SCALED only, else 1
// Constants: 0 workgroup, a power of two; 1 to 4 of targets.glsl; 5 SCALED. One workgroup computes one row.
#include "loss_scale.glsl"
#include "targets.glsl"
layout(constant_id = 5) const uint SCALED = 0;
TENSOR_OUT(4, dlogits)
layout(set = 0, binding = 5, std430) restrict readonly buffer State { ivec4 state; };

void main() {
    uint row = softmax_row();
    if (row >= rows) return;
    Target target = target_of(row);
    float largest = 0.0, spread = 0.0;  // of softmax: sum_j w_j t_j over the exponentials' sum
    if (SIGMOID == 0u) {
        largest = row_maximum(row);
        float sum = row_exponentials(row, largest), mine = 0.0;
        for (uint q = gl_LocalInvocationID.x; q < class_quads(); q += WORKGROUP)
            mine += sum4(weights(q) * targets(target, q));
        spread = reduce_sum(mine) / sum;
    }
    float factor = target.factor;
    if (SCALED != 0u) factor *= loss_scale(state);
    for (uint q = gl_LocalInvocationID.x; q < class_quads(); q += WORKGROUP) {
        uvec4 k = q * 4u + uvec4(0u, 1u, 2u, 3u);
        vec4 v = class_logits(row, q), t = targets(target, q), w = weights(q);
        vec4 gradient;
        if (SIGMOID != 0u) {
            vec4 small = exp(-abs(v));
            vec4 probability = mix(small, vec4(1.0), greaterThanEqual(v, vec4(0.0))) / (1.0 + small);
            gradient = factor * w * (probability - t);
        } else {
            gradient = factor * (exp(v - largest) * spread - w * t);
        }
        bool counts = target.own >= 0;
        STORE(dlogits, row * class_quads() + q,
              mix(vec4(0.0), gradient, bvec4(counts && k.x < classes, counts && k.y < classes, counts && k.z < classes,
                                             counts && k.w < classes)));
    }
}
