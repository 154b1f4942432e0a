// The workgroup, invocation numbering, and the division that turns a number into coordinates.
#ifndef VKM_INDEX_GLSL
#define VKM_INDEX_GLSL

// Specialization constant 0 is the workgroup's size. Declared here because glslang takes gl_WorkGroupSize for 1 in any
// function that precedes the declaration.
layout(local_size_x_id = 0) in;

// Workgroups are numbered x first, then y: a count beyond 65,535 is folded by the host into x * y groups.
uint workgroup_index() { return gl_WorkGroupID.y * gl_NumWorkGroups.x + gl_WorkGroupID.x; }
uint invocation_index() { return workgroup_index() * gl_WorkGroupSize.x + gl_LocalInvocationID.x; }

// floor(n / d) for n < 2^31, 0 < d. GPUs and SIMD CPUs have no integer divider: one reciprocal and two corrections cost a
// fraction of what `/` expands to. The first estimate is off by at most 2^-22 n / d, the second by at most one.
uint divide(uint n, uint d) {
    float reciprocal = 1.0 / float(d);
    uint q = uint(float(n) * reciprocal);
    int rest = int(n - q * d);
    q += uint(int(floor(float(rest) * reciprocal)));
    rest = int(n - q * d);
    return rest < 0 ? q - 1u : rest >= int(d) ? q + 1u : q;
}

#endif
