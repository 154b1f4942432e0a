#version 450
#extension GL_GOOGLE_include_directive : require
// variants: storage load
// all_kinds: what an interface may be made of, with gaps between ids and between bindings.
#include "tensor.glsl"
layout(local_size_x_id = 0, local_size_z_id = 7) in;
layout(constant_id = 1) const uint ROW_COUNT = 3;
layout(constant_id = 2) const int SHIFT = -4;
layout(constant_id = 4) const float SLOPE = 0.5;
layout(constant_id = 5) const bool ADD_BIAS = false;

TENSOR_IN(0, x)
F32_BUFFER_IN(2, bias)
TENSOR_OUT(5, y)
layout(set = 0, binding = 6, std430) restrict buffer RunningTotals { vec4 totals[]; };
layout(push_constant) uniform Push {
    vec4 scale;
    uint quads;
    int first;
    float epsilon;
    uint more[3];
};

vec4 with_bias(vec4 v, uint i) {
    if (ADD_BIAS) return v + LOAD(bias, i);
    return v;
}

void main() {
    const uint i = gl_GlobalInvocationID.x;
    if (i >= quads) return;
    // On both sides, so whatever the constants are.
    if (ROW_COUNT > 2u) STORE(y, i, with_bias(LOAD(x, i), i) * scale * SLOPE);
    else STORE(y, i, LOAD(x, uint(int(i) + SHIFT + first)) + epsilon);
    for (uint k = 0; k < more[2]; ++k)
        if (SHIFT < 0) totals[i] += vec4(1.0);
}
