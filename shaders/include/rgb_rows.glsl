// Pixels of three bytes, one behind the other. The includer declares `words`, which goes on for a word behind the last.
#ifndef VKM_RGB_ROWS_GLSL
#define VKM_RGB_ROWS_GLSL

// Returns the three bytes from number `at` on, in a word: of one word, or of two. The fourth may be anything.
uint bytes_at(uint at) {
    uint word = at / 4u, shift = at % 4u * 8u;
    return words[word] >> shift | words[word + 1u] << (31u - shift) << 1u;
}

#endif
