#version 450
#extension GL_GOOGLE_include_directive : require
// variants: storage load
// target_loss: the loss of each row against soft targets, and whether its label ranks first or in the first
// five. With t the targets, w the classes' weights, f the row's factor:
//   softmax   result[r] = f sum_k -w_k t_k log p_k
//   SIGMOID   result[r] = f sum_k w_k (max(x, 0) - x t_k + log(1 + exp(-|x|))),  x = logits[r, k]
//   and then (1 if the label's logit is the largest else 0, 1 if it is among the five largest else 0, 0)
// Ties go to the lower class. A label of -1 gives zeros; so does a row that is not finite, but for its loss.
//   0 logits    [rows, ceil(classes / 4)] tensor
//   1 labels, 2 terms, 3 class_weights (targets.glsl)
//   4 result    [rows] fp32 quads
// Constants: 0 workgroup, a power of two; 1 to 4 of targets.glsl. One workgroup computes one row.
#include "targets.glsl"
F32_OUT(4, result)

void main() {
    uint row = softmax_row();
    if (row >= rows) return;
    Target target = target_of(row);
    int label = ranked_label(target);
    bool counts = target.own >= 0 && label >= 0;
    float log_sum = 0.0;
    if (SIGMOID == 0u) {
        float largest = row_maximum(row);
        log_sum = largest + log(row_exponentials(row, largest));
    }
    float label_logit = counts ? class_logits(row, uint(label) / 4u)[label % 4] : 0.0;
    float loss = 0.0, ahead = 0.0;
    for (uint q = gl_LocalInvocationID.x; q < class_quads(); q += WORKGROUP) {
        vec4 v = class_logits(row, q), t = targets(target, q), w = weights(q);
        for (int j = 0; j < 4; ++j) {
            int k = int(q) * 4 + j;
            if (k >= int(classes)) continue;
            float term = SIGMOID != 0u ? max(v[j], 0.0) - v[j] * t[j] + log(1.0 + exp(-abs(v[j])))
                                       : t[j] * (log_sum - v[j]);
            loss += w[j] * term;
            if (v[j] > label_logit || (v[j] == label_logit && k < label)) ahead += 1.0;
        }
    }
    loss = target.factor * reduce_sum(loss);
    ahead = reduce_sum(ahead);
    if (gl_LocalInvocationID.x != 0u) return;
    bool ranked = (floatBitsToUint(loss) & 0x7fffffffu) < 0x7f800000u;  // no comparison of NaN is certain
    vec4 value = vec4(loss, ranked && ahead < 1.0 ? 1.0 : 0.0, ranked && ahead < 5.0 ? 1.0 : 0.0, 0.0);
    STORE(result, row, counts ? value : vec4(0.0));
}
