#version 450
#extension GL_GOOGLE_include_directive : require
// colour_statistics: makes the table of the one operation of a pass that wants the image's statistics.
//   y[n, v] = what a value v becomes, a channel a byte
//     contrast        blend(m, v, factor), m the mean of the grey image, rounded
//     auto_contrast   255 (v - low) / (high - low), cut off; v where they are equal
//     equalize        (step / 2 + pixels below v) / step, step = (pixels - those of the highest value) / 255; v where
//                     that is 0
//   0 images, 1 program, 2 previous   as colour_pass has them
//   3 y   [images, 256]; those of images without such an operation are left as they are
// Constants: 0 workgroup, 1 PREVIOUS, 2 KINDS. A workgroup does one image.
#include "index.glsl"
layout(push_constant) uniform Push { uint images, size, program_words, pass, operations; };
#define COLOURS_WITHOUT_TABLES
#include "colours.glsl"
layout(set = 0, binding = 3, std430) restrict writeonly buffer Y { uint y[]; };

const int CONTRAST = 0, AUTO_CONTRAST = 1;
const uint VALUES = 256u;
shared uint pixels[3u * VALUES];  // by channel and value; in the end the table
shared uint grey_sum, low[3], high[3];

void count(Pass p, uint end, bool greys) {
    uint sum = 0u;
    for (uint i = gl_LocalInvocationID.x; i < size * size; i += WORKGROUP) {
        uint row = divide(i, size);
        ivec3 pixel = after(p, end, int(i - row * size), int(row));
        if (greys) {
            sum += uint(grey_of(pixel));
        } else {
            for (uint c = 0u; c < 3u; ++c) atomicAdd(pixels[c * VALUES + uint(pixel[c])], 1u);
        }
    }
    if (greys) atomicAdd(grey_sum, sum);
}

void equalize(uint first) {
    uint highest = VALUES - 1u;
    while (highest > 0u && pixels[first + highest] == 0u) --highest;
    uint step = (size * size - pixels[first + highest]) / 255u, below = step / 2u;
    for (uint v = 0u; v < VALUES; ++v) {
        uint here = pixels[first + v];
        pixels[first + v] = step == 0u ? v : min(below / step, 255u);
        below += here;
    }
}
void find_ends(uint c) {
    low[c] = 0u;
    high[c] = VALUES - 1u;
    while (low[c] < VALUES - 1u && pixels[c * VALUES + low[c]] == 0u) ++low[c];
    while (high[c] > 0u && pixels[c * VALUES + high[c]] == 0u) --high[c];
}
int stretched(uint v, uint from, uint to) {
    if (to <= from) return int(v);
    return int(v <= from ? 0u : min((v - from) * 255u / (to - from), 255u));
}

void main() {
    uint n = workgroup_index(), me = gl_LocalInvocationID.x;
    if (n >= images) return;
    Pass p = pass_of(n);
    if (p.statistics < 0) return;
    uint at = words_of(p, uint(p.statistics));
    int kind = program[at + 1u];
    for (uint i = me; i < 3u * VALUES; i += WORKGROUP) pixels[i] = 0u;
    if (me == 0u) grey_sum = 0u;
    barrier();
    count(p, uint(p.statistics), kind == CONTRAST);
    barrier();
    if (kind != CONTRAST && me < 3u) {
        if (kind == AUTO_CONTRAST)
            find_ends(me);
        else
            equalize(me * VALUES);
    }
    barrier();
    uint total = size * size, mean = grey_sum / total;
    mean += 2u * (grey_sum - mean * total) >= total ? 1u : 0u;
    for (uint v = me; v < VALUES; v += WORKGROUP) {
        ivec3 becomes;
        if (kind == CONTRAST)
            becomes = blended(ivec3(mean), ivec3(v), intBitsToFloat(program[at + 2u]));
        else if (kind == AUTO_CONTRAST)
            becomes = ivec3(stretched(v, low[0], high[0]), stretched(v, low[1], high[1]), stretched(v, low[2], high[2]));
        else
            becomes = ivec3(pixels[v], pixels[VALUES + v], pixels[2u * VALUES + v]);
        y[n * VALUES + v] = pack_pixel(becomes);
    }
}
