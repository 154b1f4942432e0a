// Tensors as the shaders see them: arrays of vec4, four neighbouring channels each. A tensor is NHWC with its
// channels padded with zeros to a multiple of four ("quads"), so a tensor of R = N*H*W rows and C channels is
// R * ceil(C/4) quads, and quad q of row r has index r * ceil(C/4) + q.
//
//   TENSOR_IN(binding, name)          LOAD(name, i) -> vec4   read-only; storage buffer or texel buffer
//   TENSOR_BUFFER_IN(binding, name)   LOAD                    read-only; always a storage buffer, because a
//                                                             stage has only four texel buffers
//   TENSOR_OUT(binding, name)         STORE(name, i, v)       write-only storage buffer
//   TENSOR_INOUT(binding, name)       LOAD / STORE            storage buffer, read and written in place
//   F32_IN / F32_OUT / F32_INOUT      the same, fp32 whatever VKM_STORAGE_F16 says: statistics, partial sums
//   F32_BUFFER_IN(binding, name)      fp32, never a texel buffer: what is read once a tile needs none
//   F32_COHERENT(binding, name)       fp32, what workgroups of one dispatch tell each other (arrival.glsl)
//
// VKM_STORAGE_F16: TENSOR_* elements are fp16, packed in 32-bit words, without an extension. Stores round to the
//                  nearest, ties to even, alike on every device.
// VKM_NATIVE_HALF: They round by the device's own conversion, which is told to do it so (Storage::f16_native). What fp16
//                  cannot hold is infinity there, too, but NaN stays NaN.
// VKM_LOAD_TEXEL:  *_IN tensors are texel buffers. That is the load path of the texture cache on GPUs without
//                  cached storage buffers, and a load without a loop over lanes on software drivers.
// VKM_HALF_ARITHMETIC: The shader may compute in fp16: LOAD_HALF(name, i) -> f16vec4 reads a TENSOR_IN as it is stored, and
//                  half_of(vec4) rounds.
// Neither robustBufferAccess nor zero-on-out-of-range is assumed:
// LOAD_IF(name, valid, i) reads only if valid.
#ifndef VKM_TENSOR_GLSL
#define VKM_TENSOR_GLSL

#define VKM_BUFFER_IN_(B, NAME, T) layout(set = 0, binding = B, std430) restrict readonly buffer NAME##_block { T NAME##_data[]; };
#define VKM_BUFFER_OUT_(B, NAME, T) layout(set = 0, binding = B, std430) restrict writeonly buffer NAME##_block { T NAME##_data[]; };
#define VKM_BUFFER_INOUT_(B, NAME, T) layout(set = 0, binding = B, std430) restrict buffer NAME##_block { T NAME##_data[]; };

// packHalf2x16 rounds as the driver likes: towards zero on AMD, a bias of 2^-12 a store. So the bits are made
// here. Of a number with a normal half, the exponent is rebiased and the 13 bits that are lost are rounded: half of
// their last place less one, and one more where the place above is odd. Below 2^-14 the sum with 0.5 has the half's
// bits, rounded by the addition. What fp16 cannot hold is infinity, NaN included; overflows of mixed precision are
// found by it.
uvec4 vkm_half_bits(vec4 v) {
    uvec4 bits = floatBitsToUint(v), magnitude = bits & 0x7fffffffu;
    uvec4 normal = (magnitude + (0xc8000fffu + (bits >> 13 & 1u))) >> 13;
    uvec4 small = floatBitsToUint(uintBitsToFloat(magnitude) + 0.5) - 0x3f000000u;
    bvec4 is_small = lessThan(magnitude, uvec4(0x38800000u));
    return min(mix(normal, small, is_small), uvec4(0x7c00u)) | (bits >> 16 & 0x8000u);
}
#ifdef VKM_NATIVE_HALF
#extension GL_EXT_shader_explicit_arithmetic_types_float16 : require
#extension GL_EXT_spirv_intrinsics : require
spirv_execution_mode(extensions = ["SPV_KHR_float_controls"], capabilities = [4467], 4462, 16);  // RoundingModeRTE
spirv_execution_mode(extensions = ["SPV_KHR_float_controls"], capabilities = [4464], 4459, 16);  // DenormPreserve
uvec2 vkm_pack_half4(vec4 v) {
    f16vec4 h = f16vec4(v);
    return uvec2(packFloat2x16(h.xy), packFloat2x16(h.zw));
}
#else
uvec2 vkm_pack_half4(vec4 v) {
    uvec4 h = vkm_half_bits(v);
    return h.xz | h.yw << 16;
}
#endif
vec4 vkm_unpack_half4(uvec2 v) { return vec4(unpackHalf2x16(v.x), unpackHalf2x16(v.y)); }

#define VKM_LOAD_F32_(NAME) vec4 vkm_load_##NAME(uint i) { return NAME##_data[i]; }
#define VKM_STORE_F32_(NAME) void vkm_store_##NAME(uint i, vec4 v) { NAME##_data[i] = v; }
#define VKM_LOAD_F16_(NAME) vec4 vkm_load_##NAME(uint i) { return vkm_unpack_half4(NAME##_data[i]); }
#ifdef VKM_HALF_ARITHMETIC
#define VKM_LOAD_HALF_(NAME) \
    f16vec4 vkm_load_half_##NAME(uint i) { return f16vec4(unpackFloat2x16(NAME##_data[i].x), unpackFloat2x16(NAME##_data[i].y)); }
#define VKM_LOAD_HALF_TEXEL_(NAME) f16vec4 vkm_load_half_##NAME(uint i) { return f16vec4(vkm_load_##NAME(i)); }
#define LOAD_HALF(NAME, I) vkm_load_half_##NAME(I)
f16vec4 only_if(bool valid, f16vec4 v) { return valid ? v : f16vec4(0.0); }
#ifdef VKM_NATIVE_HALF
f16vec4 half_of(vec4 v) { return f16vec4(v); }  // it rounds to the nearest, which is infinity there
#else
// Makes a number beyond fp16's range infinite: drivers may round it towards zero, to the largest in range.
f16vec4 half_of(vec4 v) {
    const vec4 infinity = uintBitsToFloat((floatBitsToUint(v) & 0x80000000u) | 0x7f800000u);
    return f16vec4(mix(v, infinity, greaterThanEqual(abs(v), vec4(65520.0))));
}
#endif
f16vec4[4] transposed(f16vec4 a, f16vec4 b, f16vec4 c, f16vec4 d) {
    return f16vec4[4](f16vec4(a.x, b.x, c.x, d.x), f16vec4(a.y, b.y, c.y, d.y), f16vec4(a.z, b.z, c.z, d.z),
                      f16vec4(a.w, b.w, c.w, d.w));
}
#else
#define VKM_LOAD_HALF_(NAME)
#define VKM_LOAD_HALF_TEXEL_(NAME)
#endif
#define VKM_STORE_F16_(NAME) void vkm_store_##NAME(uint i, vec4 v) { NAME##_data[i] = vkm_pack_half4(v); }

#ifdef VKM_LOAD_TEXEL
#define VKM_TEXEL_IN_(B, NAME, FORMAT) \
    layout(set = 0, binding = B, FORMAT) restrict readonly uniform imageBuffer NAME##_texels; \
    vec4 vkm_load_##NAME(uint i) { return imageLoad(NAME##_texels, int(i)); }
#define F32_IN(B, NAME) VKM_TEXEL_IN_(B, NAME, rgba32f)
#else
#define F32_IN(B, NAME) VKM_BUFFER_IN_(B, NAME, vec4) VKM_LOAD_F32_(NAME)
#endif
#define F32_BUFFER_IN(B, NAME) VKM_BUFFER_IN_(B, NAME, vec4) VKM_LOAD_F32_(NAME)
#define F32_OUT(B, NAME) VKM_BUFFER_OUT_(B, NAME, vec4) VKM_STORE_F32_(NAME)
#define F32_COHERENT(B, NAME) \
    layout(set = 0, binding = B, std430) coherent restrict buffer NAME##_block { vec4 NAME##_data[]; }; \
    VKM_LOAD_F32_(NAME) VKM_STORE_F32_(NAME)
#define F32_INOUT(B, NAME) VKM_BUFFER_INOUT_(B, NAME, vec4) VKM_LOAD_F32_(NAME) VKM_STORE_F32_(NAME)

#ifdef VKM_STORAGE_F16
#ifdef VKM_LOAD_TEXEL
#define TENSOR_IN(B, NAME) VKM_TEXEL_IN_(B, NAME, rgba16f) VKM_LOAD_HALF_TEXEL_(NAME)
#else
#define TENSOR_IN(B, NAME) VKM_BUFFER_IN_(B, NAME, uvec2) VKM_LOAD_F16_(NAME) VKM_LOAD_HALF_(NAME)
#endif
#define TENSOR_BUFFER_IN(B, NAME) VKM_BUFFER_IN_(B, NAME, uvec2) VKM_LOAD_F16_(NAME) VKM_LOAD_HALF_(NAME)
#define TENSOR_OUT(B, NAME) VKM_BUFFER_OUT_(B, NAME, uvec2) VKM_STORE_F16_(NAME)
#define TENSOR_INOUT(B, NAME) VKM_BUFFER_INOUT_(B, NAME, uvec2) VKM_LOAD_F16_(NAME) VKM_STORE_F16_(NAME)
#else
#define TENSOR_IN(B, NAME) F32_IN(B, NAME)
#define TENSOR_BUFFER_IN(B, NAME) F32_BUFFER_IN(B, NAME)
#define TENSOR_OUT(B, NAME) F32_OUT(B, NAME)
#define TENSOR_INOUT(B, NAME) F32_INOUT(B, NAME)
#endif

#define LOAD(NAME, I) vkm_load_##NAME(I)
#define STORE(NAME, I, V) vkm_store_##NAME(I, V)
// The index is made harmless, not the load skipped: a select costs less than a branch, everywhere. (With a
// call inside ?: glslang emits a branch, so the load stands outside it.)
vec4 only_if(bool valid, vec4 v) { return valid ? v : vec4(0.0); }
#define LOAD_IF(NAME, VALID, I) only_if(VALID, vkm_load_##NAME((VALID) ? (I) : 0u))

#endif
