#include <graph/kernels/columns.h>
#include <graph/kernels/gradient_epilogue.h>
#include <graph/kernels/grid_variants.h>
#include <graph/ops/batch_norm_grad.h>
#include <graph/reference/reference.h>
#include <shaders/catalog.h>

#include <cmath>

namespace vkm::graph::ops {
namespace {

void require_gradient_inputs(std::span<const TensorType> inputs) {
    if (!(inputs[0] == inputs[1]))
        throw ShapeError("the gradient {} is not of the input's type {}", inputs[0].text(), inputs[1].text());
    require_statistics(inputs[1].shape.c, inputs[2]);
    require_channel_vectors(inputs[1].shape.c, inputs.subspan(3, 2));
}

Normalised normalised(const ReferenceCall& call, int64_t c, double epsilon) {
    const HostTensor& statistics = call.in(2);
    return {statistics.at(0, c), 1 / std::sqrt(statistics.at(1, c) / statistics.at(2, c) + epsilon),
            call.in(3).at(0, c), call.in(4).at(0, c)};
}

// Computes sum g and sum g xhat with g = dy f'(z).
class BatchNormSumsOperator final : public OperatorWith<BatchNormSums> {
  public:
    using OperatorWith::OperatorWith;

    std::string_view name() const override { return "batch_norm_sums"; }

    std::vector<TensorType> infer(std::span<const TensorType> inputs) const override {
        require_gradient_inputs(inputs);
        const int64_t channels = inputs[1].shape.c;
        return {f32({1, 1, 2, channels}), channel_vector(channels), channel_vector(channels)};
    }

    void lower(Lowering& lowering) const override {
        const KernelPlan plan = plan_of_reduction(lowering);
        const TensorType& x = lowering.input_type(1);
        const int64_t image = x.image_bytes(), pixels = x.shape.h * x.shape.w, quads = x.shape.quads();
        const int64_t partial_bytes = lowering.output_type().bytes();

        const ColumnReduction reduction =
            split_columns(plan, lowering.windows(x.shape.n, {image}), quads, pixels, partial_bytes);
        const Region partial = lowering.scratch(reduction.partials * partial_bytes, "partial");
        for (const auto& [window, grid, first_partial] : reduction.dispatches) {
            lowering.dispatch<shaders::BatchNormSums>(
                {.storage = x.storage(),
                 .constants = {.workgroup = grid.workgroup,
                               .tree = grid.tree,
                               .activation = kind(attributes().activation)},
                 .bindings = {.dy = lowering.input(0).units(window.first, window.count, image),
                              .x = lowering.input(1).units(window.first, window.count, image),
                              .statistics = lowering.input(2),
                              .gamma = lowering.input(3),
                              .beta = lowering.input(4),
                              .partial = partial},
                 .push = {.rows = u32(window.count * pixels),
                          .channels = u32(x.shape.c),
                          .lanes = grid.lanes,
                          .rows_per_part = grid.rows_per_part,
                          .first_partial = first_partial,
                          .epsilon = static_cast<float>(attributes().epsilon)},
                 .groups = grid.groups});
        }

        lower_merge_batch_norm_sums(lowering, partial, reduction.partials, lowering.input(2), x.shape.c,
                                    attributes().epsilon, 0);
    }

    void reference(ReferenceCall& call) const override {
        const HostTensor &dy = call.in(0), &x = call.in(1);
        for (int64_t c = 0; c < x.shape.c; ++c) {
            const Normalised norm = normalised(call, c, attributes().epsilon);
            double sum = 0, sum_xhat = 0;
            for (int64_t row = 0; row < x.shape.rows(); ++row) {
                const double g =
                    dy.at(row, c) * activate_derivative(attributes().activation, norm.z(x.at(row, c)));
                sum += g;
                sum_xhat += g * norm.xhat(x.at(row, c));
            }
            call.out(0).at(0, c) = call.out(2).at(0, c) = sum;
            call.out(0).at(1, c) = call.out(1).at(0, c) = sum_xhat;
        }
    }
};

class BatchNormInputGradOperator final : public OperatorWith<BatchNormInputGrad> {
  public:
    using OperatorWith::OperatorWith;

    std::string_view name() const override { return "batch_norm_input_grad"; }

    std::vector<TensorType> infer(std::span<const TensorType> inputs) const override {
        require_gradient_inputs(inputs);
        if (!(inputs[5] == f32({1, 1, 2, inputs[1].shape.c})))
            throw ShapeError("{} are no sums of {} channels", inputs[5].text(), inputs[1].shape.c);
        return {inputs[1]};
    }

    void lower(Lowering& lowering) const override {
        const TensorType& x = lowering.input_type(1);
        const int64_t image = x.image_bytes(), pixels = x.shape.h * x.shape.w;
        const KernelPlan plan = plan_of_rows(lowering);
        for (const Window& w : lowering.windows(x.shape.n, {image})) {
            const ColumnGrid grid = rowwise_grid(x.shape.quads(), w.count * pixels, plan);
            lowering.dispatch<shaders::BatchNormInputGrad>(
                {.storage = x.storage(),
                 .constants = {.workgroup = grid.workgroup, .activation = kind(attributes().activation)},
                 .bindings = {.dy = lowering.input(0).units(w.first, w.count, image),
                              .x = lowering.input(1).units(w.first, w.count, image),
                              .statistics = lowering.input(2),
                              .gamma = lowering.input(3),
                              .beta = lowering.input(4),
                              .sums = lowering.input(5),
                              .dx = lowering.output().units(w.first, w.count, image)},
                 .push = {.rows = u32(w.count * pixels),
                          .channels = u32(x.shape.c),
                          .lanes = grid.lanes,
                          .rows_per_part = grid.rows_per_part,
                          .epsilon = static_cast<float>(attributes().epsilon)},
                 .groups = grid.groups});
        }
    }

    void reference(ReferenceCall& call) const override {
        const HostTensor &dy = call.in(0), &x = call.in(1), &sums = call.in(5);
        for (int64_t c = 0; c < x.shape.c; ++c) {
            const Normalised norm = normalised(call, c, attributes().epsilon);
            const double count = call.in(2).at(2, c);
            for (int64_t row = 0; row < x.shape.rows(); ++row) {
                const double xhat = norm.xhat(x.at(row, c));
                const double g =
                    dy.at(row, c) * activate_derivative(attributes().activation, norm.z(x.at(row, c)));
                call.out().at(row, c) =
                    norm.gamma * norm.inv_std * (g - sums.at(0, c) / count - xhat * sums.at(1, c) / count);
            }
        }
    }
};

class BatchNormGradientCoefficientsOperator final : public OperatorWith<BatchNormGradientCoefficients> {
  public:
    using OperatorWith::OperatorWith;

    std::string_view name() const override { return "batch_norm_gradient_coefficients"; }

    std::vector<TensorType> infer(std::span<const TensorType> inputs) const override {
        if (inputs.size() != 3) throw ShapeError("{} inputs; coefficients have 3", inputs.size());
        const int64_t channels = inputs[0].shape.c;
        require_statistics(channels, inputs[0]);
        require_channel_vectors(channels, inputs.subspan(1, 1));
        if (!(inputs[2] == f32({1, 1, 2, channels})))
            throw ShapeError("{} are no sums of {} channels", inputs[2].text(), channels);
        return {f32({1, 1, 4, channels})};
    }

    void lower(Lowering& lowering) const override {
        if (lowering.extend_dispatch(lowering.input(2), GradientSumsWork{.gamma = lowering.input(1),
                                                                         .coefficients = lowering.output()}))
            return;
        const Shape& y = lowering.output_type().shape;
        const uint32_t workgroup = choose_workgroup(lowering);
        lowering.dispatch<shaders::BatchNormGradientCoefficients>(
            {.constants = {.workgroup = workgroup},
             .bindings = {.statistics = lowering.input(0),
                          .sums = lowering.input(2),
                          .gamma = lowering.input(1),
                          .coefficients = lowering.output()},
             .push = {.channels = u32(y.c), .epsilon = static_cast<float>(attributes().epsilon)},
             .groups = fold_workgroups(divide_up(y.quads(), workgroup), lowering.plan())});
    }

    void reference(ReferenceCall& call) const override {
        const HostTensor &statistics = call.in(0), &sums = call.in(2);
        for (int64_t c = 0; c < call.out().shape.c; ++c) {
            const double count = statistics.at(2, c);
            const double inv_std = 1 / std::sqrt(statistics.at(1, c) / count + attributes().epsilon);
            call.out().at(0, c) = call.in(1).at(0, c) * inv_std;
            call.out().at(1, c) = statistics.at(0, c);
            call.out().at(2, c) = sums.at(0, c) / count;
            call.out().at(3, c) = sums.at(1, c) / count * inv_std;
        }
    }
};

}  // namespace

std::shared_ptr<const Operator> batch_norm_sums(const BatchNormSums& attributes) {
    return std::make_shared<BatchNormSumsOperator>(attributes);
}

std::shared_ptr<const Operator> batch_norm_input_grad(const BatchNormInputGrad& attributes) {
    return std::make_shared<BatchNormInputGradOperator>(attributes);
}

std::shared_ptr<const Operator> batch_norm_gradient_coefficients(
    const BatchNormGradientCoefficients& attributes) {
    return std::make_shared<BatchNormGradientCoefficientsOperator>(attributes);
}

}  // namespace vkm::graph::ops
