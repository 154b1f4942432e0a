#version 450
#extension GL_GOOGLE_include_directive : require
// variants: storage load native
// softmax_cross_entropy_grad: dlogits[r, k] = scale loss_scale (p_k - t_k)
// with p and t as in softmax_cross_entropy; zero where the label is -1, and beyond the last class.
//   0 logits    [rows, ceil(classes / 4)] tensor
//   1 labels    [rows] int32
//   2 dlogits   [rows, ceil(classes / 4)] tensor
//   3 state     ivec4: the loss scale (loss_scale.glsl); read with SCALED only, else 1
// Constants: 0 workgroup, a power of two; 1 SCALED. One workgroup computes one row.
#include "loss_scale.glsl"
#include "softmax.glsl"
layout(constant_id = 1) const uint SCALED = 0;
TENSOR_OUT(2, dlogits)
layout(set = 0, binding = 3, std430) restrict readonly buffer State { ivec4 state; };

void main() {
    uint row = softmax_row();
    if (row >= rows) return;
    int label = labels[row];
    float largest = row_maximum(row);
    float inverse_sum = 1.0 / row_exponentials(row, largest);
    float factor = scale;
    if (SCALED != 0u) factor *= loss_scale(state);
    for (uint q = gl_LocalInvocationID.x; q < class_quads(); q += WORKGROUP) {
        uvec4 k = q * 4u + uvec4(0u, 1u, 2u, 3u);
        vec4 probability = exp(class_logits(row, q) - largest) * inverse_sum;
        vec4 target = mix(vec4(smoothing / float(classes)), vec4(1.0 - smoothing + smoothing / float(classes)),
                          equal(ivec4(k), ivec4(label)));
        vec4 gradient = factor * (probability - target);
        bool counts = label >= 0;
        STORE(dlogits, row * class_quads() + q,
              mix(vec4(0.0), gradient, bvec4(counts && k.x < classes, counts && k.y < classes, counts && k.z < classes,
                                             counts && k.w < classes)));
    }
}
