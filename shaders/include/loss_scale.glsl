// The loss scale of mixed precision, as graph/ops/loss_scale.h defines it: a power of two whose exponent
// counts from the one a run begins with, so that a buffer of zeros is where a run begins.
#ifndef VKM_LOSS_SCALE_GLSL
#define VKM_LOSS_SCALE_GLSL

const int INITIAL_EXPONENT = 16;  // 65536

// 2^exponent, exactly.
float power_of_two(int exponent) { return uintBitsToFloat(uint(clamp(exponent, -126, 127) + 127) << 23); }

// state: exponent above the initial one, steps since the scale changed, steps skipped, nothing
float loss_scale(ivec4 state) { return power_of_two(INITIAL_EXPONENT + state.x); }

#endif
