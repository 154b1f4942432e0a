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
//   output_activation      f, a kind of activation.glsl: a push constant, where one pipeline should serve all kinds, or a constant
// Where a constant is off, what it asks for is neither read nor written. With BATCH_NORM all invocations of a
// workgroup call gather_write, or none.
//
// With MERGES_PARTIALS defined, BATCH_NORM and TREE are true, and the last workgroup adds up the partial results (arrival.glsl).
// All invocations of a workgroup then call merge_gathered after gather_write, and the shader defines
//   MERGE_BINDING          the first of seven: arrived (arrival.glsl), and what merge_batch_norm_sums.comp has: sums, dgamma,
//                          dbeta, statistics, gamma, coefficients; the last two for where makes_coefficients is not 0 only
// and the push constants of merge_push.glsl.
#ifndef VKM_GRADIENT_EPILOGUE_GLSL
#define VKM_GRADIENT_EPILOGUE_GLSL
#include "column_sums.glsl"
#include "epilogue.glsl"

TENSOR_IN(BATCH_NORM_BINDING, x)
F32_BUFFER_IN(BATCH_NORM_BINDING + 1, normalisation)
#ifdef MERGES_PARTIALS
#define ARRIVED_BINDING MERGE_BINDING
#define COEFFICIENTS_BINDING (MERGE_BINDING + 5)
#include "arrival.glsl"
#include "gradient_coefficients.glsl"
const bool BATCH_NORM = true, TREE = true, MERGES = true;
F32_COHERENT(BATCH_NORM_BINDING + 2, partial)
F32_OUT(MERGE_BINDING + 1, sums)
F32_OUT(MERGE_BINDING + 2, dgamma)
F32_OUT(MERGE_BINDING + 3, dbeta)
F32_BUFFER_IN(MERGE_BINDING + 4, statistics)
#else
layout(constant_id = BATCH_NORM_CONSTANT) const bool BATCH_NORM = false;
layout(constant_id = BATCH_NORM_CONSTANT + 1) const bool TREE = false;
const bool MERGES = false;
F32_OUT(BATCH_NORM_BINDING + 2, partial)
#endif

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

void store_partial(uint part, uint column, uint quads, Gathered g) {
    const uint first = part * 2u * quads + column;
    STORE(partial, first, g.sum);
    STORE(partial, first + quads, g.sum_x);
}

Gathered add_strands(Gathered g, Columns at, uint lanes) {
    return Gathered(column_sum(g.sum, at, lanes), column_sum(g.sum_x, at, lanes));
}

void gather_write(Gathered g, Columns at, uint lanes, uint quads, uint first_partial) {
    if (TREE) g = add_strands(g, at, lanes);
    if (writes_partial(at, TREE)) store_partial(first_partial + partial_of(at, TREE), at.column, quads, g);
}

#ifdef MERGES_PARTIALS
// Adds `count` partial results from `part` on: their strands take them in turns, two at a time. Valid in strand 0.
Gathered merge_partials(uint part, uint count, Columns at, uint lanes, uint quads) {
    Gathered even = gather_start(), odd = gather_start();
    for (uint i = at.live ? at.strand : count; i < count; i += 2u * at.strands) {
        const bool two = i + at.strands < count;
        const uint first = (part + i) * 2u * quads + at.column, second = first + at.strands * 2u * quads;
        even.sum += LOAD(partial, first);
        even.sum_x += LOAD(partial, first + quads);
        odd.sum += LOAD_IF(partial, two, second);
        odd.sum_x += LOAD_IF(partial, two, second + quads);
    }
    return add_strands(Gathered(even.sum + odd.sum, even.sum_x + odd.sum_x), at, lanes);
}

void store_merged(uint c, uint quads, Gathered all) {
    const float count = LOAD(statistics, 2u * quads + c).x;
    const vec4 mean = LOAD(statistics, c), variance = LOAD(statistics, quads + c) / count;
    const vec4 sum_xhat = all.sum_x * (1.0 / sqrt(variance + epsilon));
    STORE(sums, c, all.sum);
    STORE(sums, quads + c, sum_xhat);
    STORE(dbeta, c, all.sum);
    STORE(dgamma, c, sum_xhat);
    if (makes_coefficients != 0u) {
        store_gradient_coefficients(c, quads, false, mean, variance, count, all.sum, epsilon);
        store_gradient_coefficients(c, quads, true, mean, variance, count, sum_xhat, epsilon);
    }
}
#define Merged Gathered
#include "merge_gathered.glsl"
#else
void merge_gathered(Columns at, uint lanes, uint quads) {}
#endif

#endif
