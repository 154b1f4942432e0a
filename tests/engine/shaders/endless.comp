#version 450
#extension GL_GOOGLE_include_directive : require
// endless: y[0] += x[0], 60,000 times in every workgroup: with 65,535 x 65,535 of them, days. (Software drivers end
// a single loop that takes long.)
//   x        [1] fp32 quad
//   y        [1] fp32 quad, in place
// The sum is anybody's guess, as workgroups do not wait for each other. Constant 0 is the workgroup's size.
// variants: load
#include "tensor.glsl"
layout(local_size_x_id = 0) in;
F32_IN(0, x)
F32_INOUT(1, y)
void main() {
    for (uint i = 0; i < 60000; ++i) STORE(y, 0, LOAD(y, 0) + LOAD(x, 0));
}
