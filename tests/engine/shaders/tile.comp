#version 450
// tile: marks[n] = workgroup size of dimension n. A workgroup of two dimensions given by constants 1 and 2.
//   marks    [3] uint
// Constants: 0 unused, 1 and 2 the workgroup's x and y size.
layout(constant_id = 0) const uint unused = 3;
layout(local_size_x_id = 1, local_size_y_id = 2, local_size_z = 2) in;
layout(set = 0, binding = 0, std430) writeonly buffer Marks { uint marks[]; };
void main() {
    if (gl_LocalInvocationIndex < 3) marks[gl_LocalInvocationIndex] = gl_WorkGroupSize[gl_LocalInvocationIndex] + 0 * unused;
}
