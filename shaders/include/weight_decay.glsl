// How strongly the weights of a quad of the flat buffer are pulled to zero (graph/optimizer.h). The includer
// declares the constant RANGED and the buffer
//   shares   a fp32 quad for 32 of the flat buffer: the share of weight_decay first; read where RANGED
// and its push block has weight_decay.
#ifndef VKM_WEIGHT_DECAY_GLSL
#define VKM_WEIGHT_DECAY_GLSL

float decay_of(uint i) {
    float decay = weight_decay;
    if (RANGED != 0u) decay *= LOAD(shares, i >> 5).x;
    return decay;
}

#endif
