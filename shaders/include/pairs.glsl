// Pairs: half a quad, two neighbouring channels. For kernels that accumulate so much that an invocation with a quad would take
// most of its registers, and few would run at a time. Two invocations share a quad; `side` is 0 or 1.
//   PAIR                            what a tensor's pair is in memory
//   vec2 unpaired(p), PAIR paired(v)   rounded as it would be stored
//   STORED_PAIR(name, i, side)      that pair of quad i of a TENSOR_IN; BUFFER_PAIR of a TENSOR_BUFFER_IN
//   STORE_PAIR(name, i, side, v)    of a TENSOR_OUT
//   F32_PAIR(name, i, side) -> vec2    of an F32_BUFFER_IN
#ifndef VKM_PAIRS_GLSL
#define VKM_PAIRS_GLSL
#include "tensor.glsl"

vec2 only_if(bool valid, vec2 v) { return valid ? v : vec2(0.0); }
#define F32_PAIR(NAME, I, SIDE) vec2(NAME##_data[I][2u * (SIDE)], NAME##_data[I][2u * (SIDE) + 1u])

#ifdef VKM_STORAGE_F16
#define PAIR uint
#ifdef VKM_NATIVE_HALF
PAIR paired(vec2 v) { return packFloat2x16(f16vec2(v)); }
#else
PAIR paired(vec2 v) { return vkm_pack_half4(v.xyxy).x; }
#endif
vec2 unpaired(PAIR p) { return unpackHalf2x16(p); }
#define BUFFER_PAIR(NAME, I, SIDE) NAME##_data[I][SIDE]
#define STORE_PAIR(NAME, I, SIDE, V) NAME##_data[I][SIDE] = paired(V)
#else
#define PAIR vec2
PAIR paired(vec2 v) { return v; }
vec2 unpaired(PAIR p) { return p; }
#define BUFFER_PAIR(NAME, I, SIDE) F32_PAIR(NAME, I, SIDE)
void vkm_split(vec2 v, out float a, out float b) { a = v.x; b = v.y; }
#define STORE_PAIR(NAME, I, SIDE, V) vkm_split(V, NAME##_data[I][2u * (SIDE)], NAME##_data[I][2u * (SIDE) + 1u])
#endif

#ifdef VKM_LOAD_TEXEL
vec2 vkm_side(vec4 v, uint side) { return side == 0u ? v.xy : v.zw; }
#define STORED_PAIR(NAME, I, SIDE) paired(vkm_side(LOAD(NAME, I), SIDE))
#else
#define STORED_PAIR(NAME, I, SIDE) BUFFER_PAIR(NAME, I, SIDE)
#endif

#endif
