#version 450
#extension GL_GOOGLE_include_directive : require
#extension GL_EXT_control_flow_attributes : require
// variants: storage load native
// global_average_pool: y[n, c] = (1 / pixels) sum over p of x[n, p, c].
//   0 x   [images, pixels, channel_quads] tensor; used after its prologue (prologue.glsl)
//   1 y   [images, channel_quads] tensor
//   2 normalisation   [3, channels] fp32, read only with NORMALISE
// Constants: 0 workgroup, 1 NORMALISE.
// One invocation sums the pixels of one quad of channels, in four interleaved partial sums.
#include "index.glsl"
#include "tensor.glsl"
TENSOR_IN(0, x)
TENSOR_OUT(1, y)
layout(push_constant) uniform Push { uint images, pixels, channel_quads, input_activation; };
#define PROLOGUE_NORMALISATION F32_BUFFER_IN(2, normalisation)
#define PROLOGUE_NORMALISE_CONSTANT 1
#define INPUT_ACTIVATION input_activation
#include "prologue.glsl"

void main() {
    uint i = invocation_index();
    if (i >= images * channel_quads) return;
    uint image = divide(i, channel_quads), c = i - image * channel_quads;
    uint first = image * pixels * channel_quads + c;
    const Normalisation norm = normalisation_of(c, channel_quads);
    vec4 sum[4] = vec4[4](vec4(0.0), vec4(0.0), vec4(0.0), vec4(0.0));
    for (uint p = 0u; p < pixels; p += 4u)
        [[unroll]] for (uint u = 0u; u < 4u; ++u)
            sum[u] += only_if(p + u < pixels, normalise(norm, LOAD(x, first + min(p + u, pixels - 1u) * channel_quads)));
    STORE(y, i, ((sum[0] + sum[1]) + (sum[2] + sum[3])) / float(pixels));
}
