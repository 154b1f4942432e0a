// Pixels of three bytes in a word: red in the lowest, then green and blue.
#ifndef VKM_PIXELS_GLSL
#define VKM_PIXELS_GLSL

ivec3 unpack_pixel(uint word) { return ivec3(word & 0xffu, word >> 8 & 0xffu, word >> 16 & 0xffu); }
uint pack_pixel(ivec3 pixel) { return uint(pixel.r) | uint(pixel.g) << 8 | uint(pixel.b) << 16; }

#endif
