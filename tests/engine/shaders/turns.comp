#version 450
#extension GL_GOOGLE_include_directive : require
// turns: y[i] = sum over p < turns of x[p quads + i], for the model of what a subgroup waits for.
//   x        [turns quads] fp32 quads
//   y        [quads] fp32 quads
// One invocation writes one quad. Constants: 0 the workgroup's size, 1 turns, if known when the pipeline is compiled.
#include "tensor.glsl"
layout(local_size_x_id = 0) in;
layout(constant_id = 1) const uint TURNS = 0;
F32_IN(0, x)
F32_OUT(1, y)
layout(push_constant) uniform Push { uint quads, turns; };
void main() {
    uint i = gl_GlobalInvocationID.x;
    vec4 sum = vec4(0.0);
    if (TURNS != 0) {
        for (uint p = 0; p < TURNS; ++p) sum += LOAD(x, p * quads + i);
    } else {
        for (uint p = 0; p < turns; ++p) sum += LOAD(x, p * quads + i);
    }
    STORE(y, i, sum);
}
