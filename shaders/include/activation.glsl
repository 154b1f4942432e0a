// Activations and their derivatives, with PyTorch's conventions at the kinks. A kernel passes a
// specialization constant as `kind`, or where a layer is small a value all invocations share, so that only
// one branch is taken. NaN goes through all of them, and with fp16 storage so does an infinity: there it stands
// for an overflow, which a clamp would turn back into a number like any other.
//
//   kind              f(x)                     f'(x)
//   NONE              x                        1
//   RELU              max(x, 0)                1 for x > 0, else 0
//   RELU6             min(max(x, 0), 6)        1 for 0 < x < 6, else 0
//   HARD_SWISH        x min(max(x+3, 0), 6)/6  0 for x < -3; x/3 + 1/2 for -3 <= x <= 3; 1 for x > 3
//   HARD_SIGMOID      min(max(x+3, 0), 6)/6    1/6 for -3 < x < 3, else 0
//   SQUARE            x x                      2 x
#ifndef VKM_ACTIVATION_GLSL
#define VKM_ACTIVATION_GLSL

const uint NONE = 0u, RELU = 1u, RELU6 = 2u, HARD_SWISH = 3u, HARD_SIGMOID = 4u, SQUARE = 5u;

#define VALUES vec4
#include "activation_of.glsl"
#undef VALUES
#define VALUES vec2
#include "activation_of.glsl"
#undef VALUES

#endif
