// What target_loss and its gradient share: the targets of a row of logits (graph/ops/target_loss.h). Bindings:
//   1 labels         [rows] int32
//   2 terms          [rows, 2] fp32 quads (mix_images.comp); read where MIXED; of an odd number of rows, which a batch
//                    of as many has at its end, the last one is its own neighbour
//   3 class_weights  [ceil(classes / 4)] fp32 quads; read where WEIGHTED
// Constants: 1 SIGMOID, 2 MIXED, 3 WEIGHTED, 4 THRESHOLDED.
#ifndef VKM_TARGETS_GLSL
#define VKM_TARGETS_GLSL
#define SOFTMAX_PUSH_MORE float threshold;
#include "softmax.glsl"
layout(constant_id = 1) const uint SIGMOID = 0;
layout(constant_id = 2) const uint MIXED = 0;
layout(constant_id = 3) const uint WEIGHTED = 0;
layout(constant_id = 4) const uint THRESHOLDED = 0;
F32_BUFFER_IN(2, terms)
F32_BUFFER_IN(3, class_weights)

struct Target {
    int own, other;      // labels
    float share;         // of the own one
    float factor;        // of the row's loss
};

Target target_of(uint row) {
    Target target = Target(labels[row], labels[row], 1.0, scale);
    if (MIXED != 0u) {
        target.other = labels[min(row ^ 1u, rows - 1u)];
        target.share = LOAD(terms, row * 2u).y;
        target.factor = scale * LOAD(terms, row * 2u + 1u).z;
    }
    return target;
}

// The label that hits count for: that with the larger share.
int ranked_label(Target target) { return target.share < 0.5 ? target.other : target.own; }

// The targets of four classes. What is beyond the last class means nothing.
vec4 targets(Target target, uint quad) {
    ivec4 k = int(quad) * 4 + ivec4(0, 1, 2, 3);
    vec4 hard = mix(vec4(0.0), vec4(target.share), equal(k, ivec4(target.own))) +
                mix(vec4(0.0), vec4(1.0 - target.share), equal(k, ivec4(target.other)));
    vec4 soft = (1.0 - smoothing) * hard + smoothing / float(classes);
    if (THRESHOLDED != 0u) return mix(vec4(0.0), vec4(1.0), greaterThan(soft, vec4(threshold)));
    return soft;
}

// The weights of four classes, zero beyond the last one.
vec4 weights(uint quad) {
    uvec4 k = quad * 4u + uvec4(0u, 1u, 2u, 3u);
    vec4 w = vec4(1.0);
    if (WEIGHTED != 0u) w = LOAD(class_weights, quad);
    return mix(w, vec4(0.0), greaterThanEqual(k, uvec4(classes)));
}

float sum4(vec4 v) { return (v.x + v.y) + (v.z + v.w); }

#endif
