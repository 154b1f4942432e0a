// What an input gradient's kernel makes of its sums v before it stores them: the gradient on the other side
// of the batch norm and activation that made the input, as far as it goes without sums over all rows,
// and its share of those sums.
//     g[row, c] = (v[row, c] + residual[row, c]) f'(z[row, c])       z = (x - mean) scale + beta
//     partial[p] = (sum g, sum g (x - mean)) over the rows of a part
// so that nobody has to read gradient and x again for them. RESIDUAL and BATCH_NORM turn each on.
//
// An invocation sums what it stores in a column; strands are added up in the workgroup, or each is a partial
// result of its own without TREE (columns.glsl). merge_batch_norm_sums.comp adds those in order.
//
// The including shader defines
//   EPILOGUE_RESIDUAL_CONSTANT, EPILOGUE_RESIDUAL_BINDING   for epilogue.glsl
//   BATCH_NORM_CONSTANT    BATCH_NORM; TREE has the next id
//   BATCH_NORM_BINDING     x, a tensor of the gradient's shape
//   … + 1                  normalisation, fp32 [3][C], rows mean, scale and beta, of which only the mean
//                          counts where f is NONE
//   … + 2                  partial, fp32 [partial results][2][C]
//   output_activation      f, a kind of activation.glsl, as a push constant: one pipeline serves all kinds
// Where a constant is off, what it asks for is neither read nor written. With BATCH_NORM all invocations of a
// workgroup call gather_write, or none.
#ifndef VKM_GRADIENT_EPILOGUE_GLSL
#define VKM_GRADIENT_EPILOGUE_GLSL
#include "column_sums.glsl"
#include "epilogue.glsl"

layout(constant_id = BATCH_NORM_CONSTANT) const bool BATCH_NORM = false;
layout(constant_id = BATCH_NORM_CONSTANT + 1) const bool TREE = false;
TENSOR_IN(BATCH_NORM_BINDING, x)
F32_BUFFER_IN(BATCH_NORM_BINDING + 1, normalisation)
F32_OUT(BATCH_NORM_BINDING + 2, partial)

#define GATHER BATCH_NORM
#define GATHER_READS true

struct Gathered { vec4 sum, sum_x; };

Gathered gather_start() { return Gathered(vec4(0.0), vec4(0.0)); }

// What is read to gather what is stored at index i, and in a column. Coefficients are loaded where they are used: held over
// a product's long loop they would take its registers.
struct GatherInput { vec4 x; };
struct GatherColumn { vec4 mean, scale, beta; };

GatherInput gather_input(uint i) { return GatherInput(LOAD(x, i)); }
GatherColumn gather_column(uint quad, uint quads) {
    return GatherColumn(LOAD(normalisation, quad), LOAD(normalisation, quads + quad), LOAD(normalisation, 2u * quads + quad));
}

void gather(inout Gathered g, bool first, GatherInput given, GatherColumn column, inout vec4 v) {
    const vec4 deviation = given.x - column.mean;
    if (output_activation != NONE) v *= activation_derivative(output_activation, deviation * column.scale + column.beta);
    g.sum += v;
    g.sum_x += v * deviation;
}

void gather(inout Gathered g, bool first, uint i, uint quad, uint quads, inout vec4 v) {
    gather(g, first, gather_input(i), gather_column(quad, quads), v);
}

void gather_tile(inout Gathered g) {}

void gather_write(Gathered g, Columns at, uint lanes, uint quads, uint first_partial) {
    if (TREE) {
        g.sum = column_sum(g.sum, at, lanes);
        g.sum_x = column_sum(g.sum_x, at, lanes);
    }
    if (writes_partial(at, TREE)) {
        const uint first = (first_partial + partial_of(at, TREE)) * 2u * quads + at.column;
        STORE(partial, first, g.sum);
        STORE(partial, first + quads, g.sum_x);
    }
}

#endif
