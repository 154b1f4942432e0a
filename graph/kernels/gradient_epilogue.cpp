#include <graph/kernels/gradient_epilogue.h>
#include <graph/ops/batch_norm_grad.h>
#include <shaders/catalog.h>

#include <cmath>

namespace vkm::graph {

GradientEpilogueInputs::GradientEpilogueInputs(const GradientEpilogue& epilogue, size_t first) {
    size_t next = first;
    if (epilogue.residual) residual = next++;
    if (!epilogue.batch_norm) return;
    x = next++;
    normalisation = next++;
    statistics = next++;
}

std::vector<TensorType> gradient_outputs(const GradientEpilogue& epilogue, std::span<const TensorType> inputs,
                                         const TensorType& dx, size_t first) {
    if (inputs.size() != first + epilogue.inputs())
        throw ShapeError("{} inputs, not {}", inputs.size(), first + epilogue.inputs());
    const GradientEpilogueInputs at(epilogue, first);
    if (at.residual && !(inputs[at.residual] == dx))
        throw ShapeError("cannot add {} to {}", inputs[at.residual].text(), dx.text());
    if (!epilogue.batch_norm) return {dx};
    if (!(inputs[at.x] == dx))
        throw ShapeError("the gradient {} is not of a batch norm of {}", dx.text(), inputs[at.x].text());
    ops::require_statistics(dx.shape.c, inputs[at.normalisation]);
    ops::require_statistics(dx.shape.c, inputs[at.statistics]);
    return {dx, f32({1, 1, 2, dx.shape.c}), channel_vector(dx.shape.c), channel_vector(dx.shape.c)};
}

GradientEpilogueRegions gradient_epilogue_regions(const Lowering& lowering, const GradientEpilogue& epilogue,
                                                  const Window& w, int64_t unit_bytes,
                                                  const std::optional<Region>& partial, size_t first) {
    const GradientEpilogueInputs at(epilogue, first);
    const auto cut = [&](size_t input) {
        return input ? lowering.input(input).units(w.first, w.count, unit_bytes) : Region{};
    };
    return {.residual = cut(at.residual),
            .x = cut(at.x),
            .normalisation = at.normalisation ? lowering.input(at.normalisation) : Region{},
            .partial = partial.value_or(Region{})};
}

uint32_t output_activation(const GradientEpilogue& epilogue) {
    return kind(epilogue.batch_norm ? epilogue.batch_norm->activation : Activation::none);
}

std::optional<Gather> gather_gradient(Lowering& lowering, const GradientEpilogue& epilogue, size_t first) {
    if (!epilogue.batch_norm) return {};
    return Gather{
        .partial_bytes = lowering.output_type(1).bytes(),
        .complete = {},
        .merge = [&lowering, epilogue, first](const Region& partial, int64_t partials) {
            const Region statistics = lowering.input(GradientEpilogueInputs(epilogue, first).statistics);
            lower_merge_batch_norm_sums(lowering, partial, partials, statistics,
                                        lowering.output_type().shape.c, epilogue.batch_norm->epsilon, 1);
        }};
}

void lower_merge_batch_norm_sums(Lowering& lowering, const Region& partial, int64_t partials,
                                 const Region& statistics, int64_t channels, double epsilon,
                                 size_t first_output) {
    const ColumnGrid grid = merge_grid(2 * int64_t{divide_up(channels, 4)}, partials, lowering.plan());
    lowering.dispatch_later<GradientSumsWork, shaders::MergeBatchNormSums>(
        &make_gradient_coefficients<shaders::MergeBatchNormSums>,
        {.constants = {.workgroup = grid.workgroup, .tree = grid.tree},
         .bindings = {.partial = partial,
                      .sums = lowering.output(first_output),
                      .dgamma = lowering.output(first_output + 1),
                      .dbeta = lowering.output(first_output + 2),
                      .statistics = statistics,
                      // Of coefficients: as in statistics.cpp.
                      .gamma = statistics,
                      .coefficients = lowering.output(first_output)},
         .push = {.parts = u32(partials),
                  .channels = u32(channels),
                  .lanes = grid.lanes,
                  .makes_coefficients = 0,
                  .epsilon = static_cast<float>(epsilon)},
         .groups = grid.groups});
}

void apply_gradient_epilogue(const GradientEpilogue& epilogue, ReferenceCall& call, size_t first) {
    HostTensor& g = call.out();
    const GradientEpilogueInputs at(epilogue, first);
    for (size_t i = 0; at.residual && i < g.values.size(); ++i)
        g.values[i] += call.in(at.residual).values[i];
    if (!epilogue.batch_norm) return;
    const HostTensor &x = call.in(at.x), &coefficients = call.in(at.normalisation);
    const HostTensor& statistics = call.in(at.statistics);
    for (int64_t c = 0; c < g.shape.c; ++c) {
        const double inv_std =
            1 / std::sqrt(statistics.at(1, c) / statistics.at(2, c) + epilogue.batch_norm->epsilon);
        double sum = 0, sum_xhat = 0;
        for (int64_t row = 0; row < g.shape.rows(); ++row) {
            const double deviation = x.at(row, c) - coefficients.at(0, c);
            g.at(row, c) *= activate_derivative(epilogue.batch_norm->activation,
                                                deviation * coefficients.at(1, c) + coefficients.at(2, c));
            sum += g.at(row, c);
            sum_xhat += g.at(row, c) * deviation * inv_std;
        }
        call.out(1).at(0, c) = call.out(3).at(0, c) = sum;
        call.out(1).at(1, c) = call.out(2).at(0, c) = sum_xhat;
    }
}

}  // namespace vkm::graph
