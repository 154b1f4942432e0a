// The sum of a vec4 over a workgroup of 64, in the same order on every device.
#ifndef VKM_WORKGROUP_SUM_GLSL
#define VKM_WORKGROUP_SUM_GLSL

shared vec4 vkm_summands[64];

// Returns the sum to invocation 0, and anything to the others. One barrier: on software devices it costs more
// than the 64 additions.
vec4 workgroup_sum(vec4 mine) {
    vkm_summands[gl_LocalInvocationID.x] = mine;
    barrier();
    precise vec4 sum = vec4(0.0);
    if (gl_LocalInvocationID.x == 0u)
        for (uint i = 0u; i < 64u; ++i) sum = sum + vkm_summands[i];
    return sum;
}

#endif
