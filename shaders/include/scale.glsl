// What the two halves of scaling share: the rows of the tables (graph/ops/scale_images.h) and the rounding.
// The includer declares `tables`.
#ifndef VKM_SCALE_GLSL
#define VKM_SCALE_GLSL
#include "pixels.glsl"

const uint WIDTH = 0u, HEIGHT = 1u, COLUMN_STRIDE = 2u, ROW_STRIDE = 3u, COLUMNS = 4u, ROWS = 5u, MIRRORED = 6u;
const uint HORIZONTALLY = 1u, VERTICALLY = 2u;

// Weights are multiples of 2^-22.
const int WEIGHT_BITS = 22;
const ivec3 HALF = ivec3(1 << (WEIGHT_BITS - 1));
uint rounded(ivec3 sum) { return pack_pixel(clamp(sum >> WEIGHT_BITS, ivec3(0), ivec3(255))); }

// Holds an entry of the tables: of `count` neighbours from `first` on, the weights from `weights` on.
struct Taps { uint first, count, weights; };
Taps taps_at(uint entry) { return Taps(uint(tables[entry]), uint(tables[entry + 1u]), entry + 2u); }

#endif
