// The depthwise convolution's input gradient, for depthwise_input_grad.comp and its forming variant,
// depthwise_input_grad_forming.comp.
#include "index.glsl"
#include "inside.glsl"
#include "tensor.glsl"
layout(constant_id = 1) const uint KERNEL = 3;
layout(constant_id = 2) const uint STRIDE = 1;
layout(constant_id = 3) const uint TILE_X = 4;
layout(constant_id = 4) const uint TILE_Y = 2;
// Outputs that reach a tile: REACH to the left of its first input's own, and those of the tile itself.
const uint REACH = (KERNEL - 1) / STRIDE;
const uint PATCH_X = REACH + (TILE_X - 1) / STRIDE + 1;
const uint PATCH_Y = REACH + (TILE_Y - 1) / STRIDE + 1;

TENSOR_IN(0, dy)
TENSOR_IN(1, w)
TENSOR_OUT(2, dx)
#include "merge_push.glsl"
layout(push_constant) uniform Push {
    uint images, height, width, channels;
    uint out_height, out_width;
    uint tiles_y, tiles_x;
    uint pad_top, pad_left;
    uint lanes, tiles_per_part, first_partial, output_activation;
    MERGE_PUSH
};
#define EPILOGUE_RESIDUAL_CONSTANT 5
#define EPILOGUE_RESIDUAL_BINDING 3
#define BATCH_NORM_CONSTANT 6
#define BATCH_NORM_BINDING 4
#ifdef FORMS_GRADIENT
#define GRADIENT_BINDING 7
#define MERGE_BINDING 9
#endif
#include "gradient_epilogue.glsl"
#include "gradient_prologue.glsl"

void compute(uint tile, uint c, uint quads, inout Gathered gathered) {
    uint tile_row = divide(tile, tiles_x), tx = tile - tile_row * tiles_x;
    uint n = divide(tile_row, tiles_y), ty = tile_row - n * tiles_y;
    if (n >= images) return;

    const GradientForm form = gradient_form_of(c, quads);
    vec4 k[KERNEL * KERNEL];
    vec4 sum[TILE_Y * TILE_X];
    [[unroll]] for (uint t = 0; t < TILE_Y * TILE_X; ++t) sum[t] = vec4(0.0);

    // First output of the patch: that of the tile's first input under tap 0, REACH further left and up.
    int ox0 = int(tx * (TILE_X / STRIDE) + pad_left / STRIDE) - int(REACH);
    int oy0 = int(ty * (TILE_Y / STRIDE) + pad_top / STRIDE) - int(REACH);
    [[unroll]] for (uint py = 0; py < PATCH_Y; ++py) {
        // A kernel's row is loaded where it is first needed, so that only the rows in use take registers.
        [[unroll]] for (uint a = 0; a < STRIDE; ++a) {
            uint ky = a + (REACH - py) * STRIDE;  // wraps to a large number below the last row
            if (ky < KERNEL) {
                [[unroll]] for (uint kx = 0; kx < KERNEL; ++kx)
                    k[ky * KERNEL + kx] = LOAD(w, (ky * KERNEL + kx) * quads + c);
            }
        }
        int oy = oy0 + int(py);
        bool row_inside = uint(oy) < out_height;
        uint row = uint((int(n * out_height) + oy) * int(out_width) + ox0) * quads + c;
        [[unroll]] for (uint px = 0; px < PATCH_X; ++px) {
            bool inside = both(row_inside, uint(ox0 + int(px)) < out_width);
            uint from = index_if(inside, row + px * quads);
            vec4 v = only_if(inside, form_gradient(form, LOAD(dy, from), from));
            [[unroll]] for (uint a = 0; a < TILE_Y; ++a)
                [[unroll]] for (uint b = 0; b < TILE_X; ++b) {
                    // These wrap to large numbers where the tap does not reach.
                    uint ky = a + (REACH - py) * STRIDE, kx = b + (REACH - px) * STRIDE;
                    if (ky < KERNEL && kx < KERNEL) sum[a * TILE_X + b] += v * k[ky * KERNEL + kx];
                }
        }
    }

    // What the epilogue reads is loaded for a row of the tile before its first branch.
    int ix0 = int(tx * TILE_X) - int(pad_left % STRIDE), iy0 = int(ty * TILE_Y) - int(pad_top % STRIDE);
    GatherColumn column;
    if (GATHER) column = gather_column(c, quads);
    [[unroll]] for (uint a = 0; a < TILE_Y; ++a) {
        uint iy = uint(iy0 + int(a)), at[TILE_X];
        bool inside[TILE_X];
        EpilogueInput before[TILE_X];
        GatherInput to_gather[TILE_X];
        [[unroll]] for (uint b = 0; b < TILE_X; ++b) {
            uint ix = uint(ix0 + int(b));
            inside[b] = is_inside(iy, height, ix, width);
            at[b] = index_if(inside[b], ((n * height + iy) * width + ix) * quads) + c;
            before[b] = epilogue_input(at[b]);
            if (GATHER) to_gather[b] = gather_input(at[b]);
        }
        [[unroll]] for (uint b = 0; b < TILE_X; ++b) {
            if (inside[b]) {
                vec4 v = epilogue(sum[a * TILE_X + b], before[b], c, channels);
                if (GATHER) gather(gathered, false, to_gather[b], column, v);
                STORE(dx, at[b], v);
            }
        }
    }
}

void main() {
    uint quads = (channels + 3u) / 4u;
    if (GATHER) {
        Columns at = columns_of(quads, lanes);
        Gathered gathered = gather_start();
        uint end = at.live ? min((at.part + 1u) * tiles_per_part, images * tiles_y * tiles_x) : 0u;
        for (uint tile = at.part * tiles_per_part + at.strand; tile < end; tile += at.strands)
            compute(tile, at.column, quads, gathered);
        gather_write(gathered, at, lanes, quads, first_partial);
        if (MERGES) merge_gathered(at, lanes, quads);
    } else {
        Gathered nothing;
        uint i = invocation_index(), tile = divide(i, quads);
        compute(tile, i - tile * quads, quads, nothing);
    }
}
