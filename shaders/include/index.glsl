// The workgroup, and the numbering of its invocations.
#ifndef VKM_INDEX_GLSL
#define VKM_INDEX_GLSL
#include "divide.glsl"

// Specialization constant 0 is the workgroup's size. Declared here because glslang takes gl_WorkGroupSize for
// 1 in any function that precedes the declaration.
layout(local_size_x_id = 0) in;
// The same under a name, for the lengths of arrays: Metal has no constant gl_WorkGroupSize, so that MoltenVK with
// SPIRV-Cross of before 2025 cannot build what is sized by it (MoltenVK #2585).
layout(constant_id = 0) const uint WORKGROUP = 1;

// The number of an invocation in its workgroup. A shader whose subgroups work each on their own numbers them by subgroups.
#ifndef INVOCATION
#define INVOCATION gl_LocalInvocationID.x
#endif

// Workgroups are numbered x first, then y: a count beyond 65,535 is folded by the host into x * y groups.
uint workgroup_index() { return gl_WorkGroupID.y * gl_NumWorkGroups.x + gl_WorkGroupID.x; }
uint invocation_index() { return workgroup_index() * gl_WorkGroupSize.x + gl_LocalInvocationID.x; }

#endif
