#version 450
#extension GL_GOOGLE_include_directive : require
// variants: load
// running_statistics: running mean and variance as the statistics of a batch of `rows` rows.
//   y = (mean, variance rows, rows)
//   0 running_mean, 1 running_variance   [channel_quads] fp32
//   2 y                                  [3, channel_quads] fp32
// Constant 0: workgroup. One invocation does one quad.
#include "index.glsl"
#include "tensor.glsl"
F32_IN(0, running_mean)
F32_IN(1, running_variance)
F32_OUT(2, y)
layout(push_constant) uniform Push { uint channel_quads; float rows; };

void main() {
    uint i = invocation_index();
    if (i >= channel_quads) return;
    STORE(y, i, LOAD(running_mean, i));
    STORE(y, channel_quads + i, LOAD(running_variance, i) * rows);
    STORE(y, 2u * channel_quads + i, vec4(rows));
}
