// What a tensor's elements are in shared memory, rounded as they would be in memory: STAGED q = STAGE(v), v = UNSTAGE(q).
#ifndef VKM_STAGED_GLSL
#define VKM_STAGED_GLSL
#include "tensor.glsl"

#ifdef VKM_STORAGE_F16
#define STAGED uvec2
#define STAGE(V) vkm_pack_half4(V)
#define UNSTAGE(Q) vkm_unpack_half4(Q)
#else
#define STAGED vec4
#define STAGE(V) (V)
#define UNSTAGE(Q) (Q)
#endif

#endif
