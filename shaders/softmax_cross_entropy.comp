#version 450
#extension GL_GOOGLE_include_directive : require
// variants: storage load
// softmax_cross_entropy: the loss of each row r, and whether its label ranks first or in the first five.
//   p = softmax(logits[r]), t = (1 - smoothing) onehot(label) + smoothing / classes
//   result[r] = (-scale sum_k t_k log p_k, 1 if the label's logit is the largest else 0,
//                1 if it is among the five largest else 0, 0)
// Ties go to the lower class. A label of -1 gives zeros; so does a row that is not finite, but for its loss.
//   0 logits    [rows, ceil(classes / 4)] tensor
//   1 labels    [rows] int32
//   2 result    [rows] fp32 quads
// Constant 0: workgroup, a power of two. One workgroup computes one row.
#include "softmax.glsl"
F32_OUT(2, result)

void main() {
    uint row = softmax_row();
    if (row >= rows) return;
    int label = labels[row];
    float largest = row_maximum(row);
    float log_sum = largest + log(row_exponentials(row, largest));

    // -sum_k t_k log p_k = log_sum - (1 - s) logit_label - s / K sum_k logit_k
    float label_logit = label < 0 ? 0.0 : class_logits(row, uint(label) / 4u)[label % 4];
    float logit_sum = 0.0, ahead = 0.0;
    for (uint q = gl_LocalInvocationID.x; q < class_quads(); q += WORKGROUP) {
        vec4 v = class_logits(row, q);
        for (int j = 0; j < 4; ++j) {
            int k = int(q) * 4 + j;
            if (k >= int(classes)) continue;
            logit_sum += v[j] - largest;
            if (v[j] > label_logit || (v[j] == label_logit && k < label)) ahead += 1.0;
        }
    }
    logit_sum = reduce_sum(logit_sum) + largest * float(classes);
    ahead = reduce_sum(ahead);
    if (gl_LocalInvocationID.x != 0u) return;
    float loss = log_sum - (1.0 - smoothing) * label_logit - smoothing * logit_sum / float(classes);
    bool ranked = (floatBitsToUint(loss) & 0x7fffffffu) < 0x7f800000u;  // no comparison of NaN is certain
    vec4 value = vec4(scale * loss, ranked && ahead < 1.0 ? 1.0 : 0.0, ranked && ahead < 5.0 ? 1.0 : 0.0, 0.0);
    STORE(result, row, label < 0 ? vec4(0.0) : value);
}
