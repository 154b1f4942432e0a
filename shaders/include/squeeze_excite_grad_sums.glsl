// Squeeze-and-excite's gradient with a batch norm's behind it, for squeeze_excite_grad_sums.comp and
// squeeze_excite_grad_merging.comp.
#include "index.glsl"
#include "tensor.glsl"
TENSOR_IN(0, dy)
TENSOR_IN(1, s)
TENSOR_IN(2, d)
TENSOR_OUT(3, dx)
#include "merge_push.glsl"
layout(push_constant) uniform Push {
    uint images, pixels, channel_quads;
    uint lanes, rows_per_part, first_partial, output_activation;
    MERGE_PUSH
};
#define BATCH_NORM_CONSTANT 1
#define BATCH_NORM_BINDING 4
#define MERGE_BINDING 7
#include "gradient_epilogue.glsl"

void main() {
    Columns at = columns_of(channel_quads, lanes);
    Gathered gathered = gather_start();
    uint end = at.live ? min((at.part + 1u) * rows_per_part, images * pixels) : 0u;
    for (uint row = at.part * rows_per_part + at.strand; row < end; row += at.strands) {
        uint i = row * channel_quads + at.column, of_image = divide(row, pixels) * channel_quads + at.column;
        vec4 v = LOAD(dy, i) * LOAD(s, of_image) + LOAD(d, of_image) / float(pixels);
        gather(gathered, false, i, at.column, channel_quads, v);
        STORE(dx, i, v);
    }
    gather_write(gathered, at, lanes, channel_quads, first_partial);
    if (MERGES) merge_gathered(at, lanes, channel_quads);
}
