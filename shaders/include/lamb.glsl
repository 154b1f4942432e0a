// What LAMB's two kernels over the flat buffers have in common. The includer's push block has epsilon.
#ifndef VKM_LAMB_GLSL
#define VKM_LAMB_GLSL
#include "portable_math.glsl"

#define lamb_direction(M, V, CORRECTION) vkm_lamb_direction(M, V, CORRECTION, epsilon)

// Returns Adam's direction: m and v with their bias corrected. What has had no gradient yet has none, even where
// epsilon is 0: the zeros that pad matrices. Where v is beyond fp32 it is 0.
vec4 vkm_lamb_direction(vec4 m, vec4 v, vec4 correction, float epsilon) {
    precise vec4 spread = portable_sqrt(v) * correction.z + epsilon;
    precise vec4 direction = (correction.y * m) * portable_reciprocal(spread);
    return mix(direction, vec4(0.0), bvec4(uvec4(equal(m, vec4(0.0))) | uvec4(greaterThan(v, vec4(3.0e38)))));
}

#endif
