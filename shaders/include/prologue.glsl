// What a convolution, or its weight gradient, does to its input as it loads it:
//     x'[row, c] = f((x[row, c] - mean[c]) scale[c] + beta[c]) * s[image of row, c]
// with each part optional: the batch norm and activation of the layer before (its output is then never
// written), and squeeze-and-excite's scale. Padding channels stay zero.
//
// The including shader defines the specialization constants' ids and the bindings of what it offers:
//   PROLOGUE_NORMALISE_CONSTANT    NORMALISE
//   PROLOGUE_ACTIVATION_CONSTANT   INPUT_ACTIVATION, f, a kind of activation.glsl; with NORMALISE only.
//                                  Or it has INPUT_ACTIVATION as a push constant: one pipeline for all kinds
//   PROLOGUE_NORMALISATION         how normalisation is declared: fp32 [3][C], rows mean, scale and beta
//   PROLOGUE_SCALE_CONSTANT, PROLOGUE_SCALE_BINDING   SCALE; s is a tensor [images][C]
// Where a constant is off, what it asks for is not read.
//   Normalisation normalisation_of(quad, quads)    of a column quad, quads = ceil(C / 4)
//   vec4 normalise(normalisation, x)
//   vec4 channel_scale(x, i)                       i = image * quads + quad
#ifndef VKM_PROLOGUE_GLSL
#define VKM_PROLOGUE_GLSL
#include "activation.glsl"
#include "tensor.glsl"

layout(constant_id = PROLOGUE_NORMALISE_CONSTANT) const bool NORMALISE = false;
#ifdef PROLOGUE_ACTIVATION_CONSTANT
layout(constant_id = PROLOGUE_ACTIVATION_CONSTANT) const uint INPUT_ACTIVATION = NONE;
#endif
PROLOGUE_NORMALISATION

struct Normalisation { vec4 mean, scale, beta; };

Normalisation normalisation_of(uint quad, uint quads) {
    if (NORMALISE)
        return Normalisation(LOAD(normalisation, quad), LOAD(normalisation, quads + quad),
                             LOAD(normalisation, 2u * quads + quad));
    return Normalisation(vec4(0.0), vec4(0.0), vec4(0.0));
}

// x - mean comes first: see batch_norm.glsl.
vec4 normalise(Normalisation n, vec4 x) {
    if (NORMALISE) return activation(INPUT_ACTIVATION, (x - n.mean) * n.scale + n.beta);
    return x;
}

#ifdef PROLOGUE_SCALE_CONSTANT
layout(constant_id = PROLOGUE_SCALE_CONSTANT) const bool SCALE = false;
TENSOR_IN(PROLOGUE_SCALE_BINDING, scale)

vec4 channel_scale(vec4 x, uint i) {
    if (SCALE) return x * LOAD(scale, i);
    return x;
}
#endif

#endif
