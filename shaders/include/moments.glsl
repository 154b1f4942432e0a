// Mean and sum of squared deviations of a set of rows, for four channels, and how two sets are merged (Chan,
// Golub and LeVeque 1983). Nothing is ever a difference of large sums, so a mean far above the deviation
// costs no accuracy.
// As tensors, moments are three rows of fp32 quads: mean, m2, and the count, the same in every channel.
#ifndef VKM_MOMENTS_GLSL
#define VKM_MOMENTS_GLSL
#include "columns.glsl"

struct Moments {
    vec4 mean, m2;
    float count;
};

Moments merge_moments(Moments a, Moments b) {
    Moments both;
    both.count = a.count + b.count;
    float share = b.count > 0.0 ? b.count / both.count : 0.0;
    vec4 delta = b.mean - a.mean;
    both.mean = a.mean + delta * share;
    both.m2 = a.m2 + b.m2 + delta * delta * (a.count * share);
    return both;
}

shared vec4 shared_mean[WORKGROUP];
shared vec4 shared_m2[WORKGROUP];
shared float shared_count[WORKGROUP];

// Merges the strands of a column; valid in strand 0. Called by all invocations of the workgroup, or none.
Moments merge_strands(Moments mine, Columns at, uint lanes) {
    uint me = INVOCATION;
    shared_mean[me] = mine.mean;
    shared_m2[me] = mine.m2;
    shared_count[me] = mine.count;
    barrier();
    for (uint step = tree_step(at.strands); step > 0u; step >>= 1u) {
        if (at.strand + step < at.strands && at.strand < step) {
            uint other = me + step * lanes;
            mine = merge_moments(mine, Moments(shared_mean[other], shared_m2[other], shared_count[other]));
            shared_mean[me] = mine.mean;
            shared_m2[me] = mine.m2;
            shared_count[me] = mine.count;
        }
        barrier();
    }
    return mine;
}

#endif
