// What a convolution makes of its sums:
//     y[row, c] = activation(bias[c] + sum[row, c]) + residual[row, c]
// with each part optional. Padding channels of y stay zero.
//
// The including shader defines the specialization constants' ids and the bindings of what it offers:
//   EPILOGUE_ACTIVATION_CONSTANT    ACTIVATION, a kind of activation.glsl, or GIVEN
//   EPILOGUE_GIVEN_ACTIVATION       an expression of the kind where that is GIVEN, equal in all invocations
//   EPILOGUE_BIAS_CONSTANT, EPILOGUE_BIAS_BINDING           BIAS; bias is fp32 [C], always a storage buffer
//   EPILOGUE_RESIDUAL_CONSTANT, EPILOGUE_RESIDUAL_BINDING   RESIDUAL; residual is a tensor of y's shape
// Where a constant is off, what it asks for is not read.
//   vec4 epilogue_start(quad)                      what the sums of a column start from, loaded once
//   vec4 epilogue(v, i, quad, C)                   the result: i its index in y, quad its column
//   EpilogueInput epilogue_input(i), vec4 epilogue(v, input, quad, C)   the same with what it reads loaded before, so that
//                                                  one load does not wait for the branch around another
#ifndef VKM_EPILOGUE_GLSL
#define VKM_EPILOGUE_GLSL
#include "activation.glsl"
#include "tensor.glsl"

#ifdef EPILOGUE_ACTIVATION_CONSTANT
layout(constant_id = EPILOGUE_ACTIVATION_CONSTANT) const uint ACTIVATION = NONE;
#ifdef EPILOGUE_GIVEN_ACTIVATION
const uint GIVEN = 255u;
uint epilogue_activation() { return ACTIVATION == GIVEN ? EPILOGUE_GIVEN_ACTIVATION : ACTIVATION; }
#else
uint epilogue_activation() { return ACTIVATION; }
#endif
#endif
#ifdef EPILOGUE_BIAS_CONSTANT
layout(constant_id = EPILOGUE_BIAS_CONSTANT) const bool BIAS = false;
F32_BUFFER_IN(EPILOGUE_BIAS_BINDING, bias)
#endif
#ifdef EPILOGUE_RESIDUAL_CONSTANT
layout(constant_id = EPILOGUE_RESIDUAL_CONSTANT) const bool RESIDUAL = false;
TENSOR_IN(EPILOGUE_RESIDUAL_BINDING, residual)
#endif

vec4 epilogue_start(uint quad) {
#ifdef EPILOGUE_BIAS_CONSTANT
    if (BIAS) return LOAD(bias, quad);
#endif
    return vec4(0.0);
}

struct EpilogueInput { vec4 residual; };

EpilogueInput epilogue_input(uint i) {
#ifdef EPILOGUE_RESIDUAL_CONSTANT
    if (RESIDUAL) return EpilogueInput(LOAD(residual, i));
#endif
    return EpilogueInput(vec4(0.0));
}

vec4 epilogue(vec4 v, EpilogueInput given, uint quad, uint channels) {
#ifdef EPILOGUE_ACTIVATION_CONSTANT
    v = activation(epilogue_activation(), v);
    // The one activation that does not map the padding's zero to zero.
    if (epilogue_activation() == HARD_SIGMOID) v = mix(vec4(0.0), v, lessThan(4u * quad + uvec4(0, 1, 2, 3), uvec4(channels)));
#endif
#ifdef EPILOGUE_RESIDUAL_CONSTANT
    if (RESIDUAL) v += given.residual;
#endif
    return v;
}

vec4 epilogue(vec4 v, uint i, uint quad, uint channels) { return epilogue(v, epilogue_input(i), quad, channels); }

#endif
