// A pass of an image's program over its colours: graph/ops/colour_program.h has the words, and says what each
// operation is.
// The includer's push block has images, size, program_words, pass (in words of the program), operations. It defines
// COLOURS_WITHOUT_TABLES where it makes the tables.
// Vulkan rounds sums and products as IEEE does. `precise` keeps them apart, so that all devices get the same bytes.
#ifndef VKM_COLOURS_GLSL
#define VKM_COLOURS_GLSL
#include "pixels.glsl"

layout(constant_id = 1) const bool PREVIOUS = false;  // is there a pass before?
layout(constant_id = 2) const uint KINDS = 0u;        // what any program may do

layout(set = 0, binding = 0, std430) restrict readonly buffer Images { uint images_words[]; };
layout(set = 0, binding = 1, std430) restrict readonly buffer Program { int program[]; };
layout(set = 0, binding = 2, std430) restrict readonly buffer Previous { uint previous[]; };
#ifndef COLOURS_WITHOUT_TABLES
layout(set = 0, binding = 3, std430) restrict readonly buffer Tables { uint tables[]; };
#endif

const uint TABLE = 1u, STATISTICS = 2u, SATURATION = 3u, HUE = 4u, SHARPNESS = 5u, NEAREST = 6u, BILINEAR = 7u,
           BICUBIC = 8u;
const uint OPERATION_WORDS = 80u, TABLE_AT = 16u;

// Holds what an image does in this pass.
struct Pass {
    uint image, operation, end;
    bool goes_on;
    int statistics;
};
Pass pass_of(uint image) {
    uint at = image * program_words + pass;
    return Pass(image, uint(program[at]), uint(program[at + 1u]), program[at + 2u] != 0, program[at + 3u]);
}
uint words_of(Pass p, uint operation) {
    return p.image * program_words + operations + operation * OPERATION_WORDS;
}

// Loads a pixel of what the pass reads. Those beyond the edge are the nearest ones.
ivec3 pixel_of(Pass p, int x, int y) {
    x = clamp(x, 0, int(size) - 1);
    y = clamp(y, 0, int(size) - 1);
    uint at = (p.image * size + uint(y)) * size + uint(x);
    if (PREVIOUS) {
        if (p.goes_on) return unpack_pixel(previous[at]);
    }
    return unpack_pixel(images_words[at]);
}

// Pillow's Image.blend, of which the fraction is cut off.
ivec3 blended(ivec3 from, ivec3 to, float share) {
    precise vec3 mixed = vec3(from) + share * vec3(to - from);
    return ivec3(clamp(mixed, vec3(0.0), vec3(255.0)));
}
// Pillow's convert("L").
int grey_of(ivec3 p) { return (p.r * 19595 + p.g * 38470 + p.b * 7471 + 0x8000) >> 16; }

// The hues, of 256, that Pillow computes one too low: their numbers are whole, and its fp32 ones are not.
const uint TOO_LOW[8] = uint[8](0xfffffffeu, 0u, 0x11000000u, 0x111u, 0x222aaaaau, 0x23232222u, 0x22222u, 0u);

// Pillow's convert("HSV") of a pixel that is not grey; V is the largest channel. In integers, and yet its bytes.
ivec3 hsv_of(ivec3 p) {
    int most = max(max(p.r, p.g), p.b), range = most - min(min(p.r, p.g), p.b);
    int sixths = p.r == most ? p.g - p.b : p.g == most ? 2 * range + p.b - p.r : 4 * range + p.r - p.g;
    if (sixths < 0) sixths += 6 * range;
    uint whole = uint(255 * sixths), by = uint(6 * range), hue = divide(whole, by);
    if (hue * by == whole) hue -= TOO_LOW[hue / 32u] >> hue % 32u & 1u;
    return ivec3(int(hue), int(divide(uint(255 * range), uint(most))), most);
}
ivec3 rgb_of(ivec3 hsv) {
    int sixth = 6 * hsv.x / 255, part = 6 * hsv.x - 255 * sixth, s = hsv.y, v = hsv.z;
    int p = (2 * v * (255 - s) + 255) / 510;
    int q = (2 * v * (65025 - s * part) + 65025) / 130050;
    int t = (2 * v * (65025 - s * (255 - part)) + 65025) / 130050;
    sixth = sixth % 6;
    return sixth == 0 ? ivec3(v, t, p) : sixth == 1 ? ivec3(q, v, p) : sixth == 2 ? ivec3(p, v, t)
         : sixth == 3 ? ivec3(p, q, v) : sixth == 4 ? ivec3(t, p, v) : ivec3(v, p, q);
}
ivec3 with_hue_added(ivec3 pixel, int added) {
    if (pixel.r == pixel.g && pixel.g == pixel.b) return pixel;
    ivec3 hsv = hsv_of(pixel);
    // A pixel may be too dark to have a saturation.
    if (hsv.y == 0) return ivec3(hsv.z);
    hsv.x = hsv.x + added & 0xff;
    return rgb_of(hsv);
}

// Pillow's filter(SMOOTH) has the middle count five times, and leaves the edge as it is.
ivec3 smooth_of(Pass p, int x, int y) {
    ivec3 middle = pixel_of(p, x, y);
    if (x == 0 || y == 0 || x == int(size) - 1 || y == int(size) - 1) return middle;
    ivec3 sum = 4 * middle;
    for (int i = -1; i <= 1; ++i)
        for (int j = -1; j <= 1; ++j) sum += pixel_of(p, x + j, y + i);
    return (2 * sum + 13) / 26;
}

// Holds whole + part 2^-32.
struct Fixed { int whole; uint part; };
Fixed sum_of(Fixed a, Fixed b) {
    uint carry, part = uaddCarry(a.part, b.part, carry);
    return Fixed(a.whole + b.whole + int(carry), part);
}
Fixed fixed_at(uint at) { return Fixed(program[at], uint(program[at + 1u])); }
Fixed product_of(Fixed a, int by) {
    uint high, low;
    umulExtended(a.part, uint(by), high, low);
    return Fixed(a.whole * by + int(high), low);
}
Fixed coordinate_of(uint at, int x, int y) {
    return sum_of(sum_of(product_of(fixed_at(at), x), product_of(fixed_at(at + 2u), y)), fixed_at(at + 4u));
}
Fixed minus_half(Fixed a) { return Fixed(a.part < 0x80000000u ? a.whole - 1 : a.whole, a.part ^ 0x80000000u); }
float fraction_of(Fixed a) { return float(a.part >> 8) * (1.0 / 16777216.0); }

vec3 line_between(vec3 a, vec3 b, float at) {
    precise vec3 v = a + (b - a) * at;
    return v;
}
vec3 curve_between(vec3 a, vec3 b, vec3 c, vec3 d, float at) {
    precise vec3 p2 = c - a;
    precise vec3 p3 = 2.0 * (a - b) + c - d;
    precise vec3 p4 = b - a - c + d;
    precise vec3 v = b + at * (p2 + at * (p3 + at * p4));
    return v;
}
vec3 row_curve(Pass p, int x, int y, float at) {
    return curve_between(vec3(pixel_of(p, x - 1, y)), vec3(pixel_of(p, x, y)), vec3(pixel_of(p, x + 1, y)),
                         vec3(pixel_of(p, x + 2, y)), at);
}
vec3 row_line(Pass p, int x, int y, float at) {
    return line_between(vec3(pixel_of(p, x, y)), vec3(pixel_of(p, x + 1, y)), at);
}
ivec3 moved(Pass p, uint kind, uint at, int x, int y) {
    Fixed u = coordinate_of(at + 2u, x, y), v = coordinate_of(at + 8u, x, y);
    if (u.whole < 0 || u.whole >= int(size) || v.whole < 0 || v.whole >= int(size))
        return unpack_pixel(uint(program[at + 1u]));
    ivec3 pixel = ivec3(0);
    if ((KINDS & 1u << NEAREST) != 0u) {
        if (kind == NEAREST) pixel = pixel_of(p, u.whole, v.whole);
    }
    Fixed left = minus_half(u), above = minus_half(v);
    float across = fraction_of(left), down = fraction_of(above);
    if ((KINDS & 1u << BILINEAR) != 0u) {
        if (kind == BILINEAR)
            pixel = ivec3(line_between(row_line(p, left.whole, above.whole, across),
                                       row_line(p, left.whole, above.whole + 1, across), down));
    }
    if ((KINDS & 1u << BICUBIC) != 0u) {
        if (kind == BICUBIC)
            pixel = ivec3(clamp(curve_between(row_curve(p, left.whole, above.whole - 1, across),
                                              row_curve(p, left.whole, above.whole, across),
                                              row_curve(p, left.whole, above.whole + 1, across),
                                              row_curve(p, left.whole, above.whole + 2, across), down),
                                vec3(0.0), vec3(255.0)));
    }
    return pixel;
}

ivec3 looked_up(uint table, ivec3 p) {
    uvec3 at = uvec3(p);
    return ivec3(uint(program[table + at.r / 4u]) >> at.r % 4u * 8u & 0xffu,
                 uint(program[table + at.g / 4u]) >> at.g % 4u * 8u & 0xffu,
                 uint(program[table + at.b / 4u]) >> at.b % 4u * 8u & 0xffu);
}

// Does an operation that looks at one pixel only.
ivec3 recoloured(Pass p, uint operation, ivec3 pixel) {
    uint at = words_of(p, operation), kind = uint(program[at]);
    if ((KINDS & 1u << TABLE) != 0u) {
        if (kind == TABLE) pixel = looked_up(at + TABLE_AT, pixel);
    }
#ifndef COLOURS_WITHOUT_TABLES
    if ((KINDS & 1u << STATISTICS) != 0u) {
        if (kind == STATISTICS) {
            uint table = p.image * 256u;
            pixel = ivec3(tables[table + uint(pixel.r)] & 0xffu, tables[table + uint(pixel.g)] >> 8 & 0xffu,
                          tables[table + uint(pixel.b)] >> 16 & 0xffu);
        }
    }
#endif
    if ((KINDS & 1u << SATURATION) != 0u) {
        if (kind == SATURATION) pixel = blended(ivec3(grey_of(pixel)), pixel, intBitsToFloat(program[at + 1u]));
    }
    if ((KINDS & 1u << HUE) != 0u) {
        if (kind == HUE) pixel = with_hue_added(pixel, program[at + 1u]);
    }
    return pixel;
}

// Returns what operations p.operation .. end - 1 make of a pixel.
ivec3 after(Pass p, uint end, int x, int y) {
    uint operation = p.operation;
    ivec3 pixel = pixel_of(p, x, y);
    if (KINDS >= 1u << SHARPNESS) {
        uint at = words_of(p, operation), kind = operation < end ? uint(program[at]) : 0u;
        if ((KINDS & 1u << SHARPNESS) != 0u) {
            if (kind == SHARPNESS) pixel = blended(smooth_of(p, x, y), pixel, intBitsToFloat(program[at + 1u]));
        }
        if (KINDS >= 1u << NEAREST) {
            if (kind >= NEAREST) pixel = moved(p, kind, at, x, y);
        }
        if (kind >= SHARPNESS) ++operation;
    }
    for (; operation < end; ++operation) pixel = recoloured(p, operation, pixel);
    return pixel;
}

#endif
