// What softmax_cross_entropy and its gradient share: a workgroup reads one row of logits and reduces it in
// shared memory, in a fixed tree, so that the result does not depend on the subgroup size. Constant 0, the
// workgroup's size, is a power of two. An includer may define SOFTMAX_PUSH_MORE: further push constants.
#ifndef VKM_SOFTMAX_GLSL
#define VKM_SOFTMAX_GLSL
#include "index.glsl"
#include "tensor.glsl"
#ifndef SOFTMAX_PUSH_MORE
#define SOFTMAX_PUSH_MORE
#endif

TENSOR_IN(0, logits)
layout(set = 0, binding = 1, std430) restrict readonly buffer Labels { int labels[]; };
layout(push_constant) uniform Push { uint rows, classes; float smoothing, scale; SOFTMAX_PUSH_MORE };

shared float vkm_reduction[WORKGROUP];

// One row a workgroup, folded over y beyond 65,535.
uint softmax_row() { return gl_WorkGroupID.y * gl_NumWorkGroups.x + gl_WorkGroupID.x; }
uint class_quads() { return (classes + 3u) / 4u; }

// Four logits; those beyond the last class are so small that their exponential is zero.
vec4 class_logits(uint row, uint quad) {
    uvec4 k = quad * 4u + uvec4(0u, 1u, 2u, 3u);
    return mix(LOAD(logits, row * class_quads() + quad), vec4(-3.0e38), greaterThanEqual(k, uvec4(classes)));
}

float reduce_sum(float v) {
    uint lane = gl_LocalInvocationID.x;
    vkm_reduction[lane] = v;
    barrier();
    for (uint half_size = WORKGROUP / 2u; half_size > 0u; half_size /= 2u) {
        if (lane < half_size) vkm_reduction[lane] += vkm_reduction[lane + half_size];
        barrier();
    }
    float result = vkm_reduction[0];
    barrier();
    return result;
}

float reduce_max(float v) {
    uint lane = gl_LocalInvocationID.x;
    vkm_reduction[lane] = v;
    barrier();
    for (uint half_size = WORKGROUP / 2u; half_size > 0u; half_size /= 2u) {
        if (lane < half_size) vkm_reduction[lane] = max(vkm_reduction[lane], vkm_reduction[lane + half_size]);
        barrier();
    }
    float result = vkm_reduction[0];
    barrier();
    return result;
}

float row_maximum(uint row) {
    float largest = -3.4e38;
    for (uint q = gl_LocalInvocationID.x; q < class_quads(); q += WORKGROUP) {
        vec4 v = class_logits(row, q);
        largest = max(largest, max(max(v.x, v.y), max(v.z, v.w)));
    }
    return reduce_max(largest);
}

float row_exponentials(uint row, float largest) {
    float sum = 0.0;
    for (uint q = gl_LocalInvocationID.x; q < class_quads(); q += WORKGROUP) {
        vec4 e = exp(class_logits(row, q) - largest);
        sum += (e.x + e.y) + (e.z + e.w);
    }
    return reduce_sum(sum);
}

#endif
