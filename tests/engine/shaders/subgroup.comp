#version 450
#extension GL_KHR_shader_subgroup_basic : require
// subgroup: size[i] = gl_SubgroupSize in invocation i.
//   size     [invocations] uint
// Constant 0 is the workgroup's size.
layout(local_size_x_id = 0) in;
layout(set = 0, binding = 0, std430) writeonly buffer Size { uint size[]; };
layout(push_constant) uniform Push { mat4 unused; uvec2 also; uint count[3]; };
void main() {
    uint i = gl_GlobalInvocationID.x;
    if (i < count[2]) size[i] = gl_SubgroupSize;
}
