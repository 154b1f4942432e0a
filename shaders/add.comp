#version 450
#extension GL_GOOGLE_include_directive : require
// variants: storage load
// add: y[i] = a[i] + b[i] for i < quads.
//   a, b, y   [quads] tensors
// One invocation adds one quad; workgroups fold over x and y beyond 65,535. Constant 0 is the workgroup's size.
#include "tensor.glsl"
layout(local_size_x_id = 0) in;
TENSOR_IN(0, a)
TENSOR_IN(1, b)
TENSOR_OUT(2, y)
layout(push_constant) uniform Push { uint quads; };
void main() {
    uint i = (gl_WorkGroupID.y * gl_NumWorkGroups.x + gl_WorkGroupID.x) * gl_WorkGroupSize.x + gl_LocalInvocationID.x;
    if (i < quads) STORE(y, i, LOAD(a, i) + LOAD(b, i));
}
