#include <graph/kernels/columns.h>
#include <graph/kernels/grid_variants.h>
#include <graph/kernels/statistics.h>
#include <graph/ops/all_reduce.h>
#include <graph/ops/batch_norm_grad.h>
#include <graph/reference/reference.h>
#include <shaders/catalog.h>

#include <algorithm>
#include <cmath>

namespace vkm::graph::ops {

void require_channel_vectors(int64_t channels, std::span<const TensorType> vectors) {
    for (const TensorType& vector : vectors)
        if (!(vector == channel_vector(channels)))
            throw ShapeError("batch norm over {} channels cannot use {}", channels, vector.text());
}

void require_statistics(int64_t channels, const TensorType& statistics) {
    if (!(statistics == f32({1, 1, 3, channels})))
        throw ShapeError("{} are no batch statistics of {} channels", statistics.text(), channels);
}

namespace {

// Updates running mean and variance, which are the call's inputs `first` and first + 1.
void update_running(ReferenceCall& call, const HostTensor& statistics, size_t first, double momentum) {
    for (int64_t c = 0; c < statistics.shape.c; ++c) {
        const double mean = statistics.at(0, c), m2 = statistics.at(1, c), count = statistics.at(2, c);
        if (!std::isfinite(mean)) continue;
        double &running_mean = call.inout(first).at(0, c), &running_variance = call.inout(first + 1).at(0, c);
        running_mean += momentum * (mean - running_mean);
        running_variance += momentum * (m2 / std::max(count - 1, 1.0) - running_variance);
    }
}

class BatchNormOperator final : public OperatorWith<BatchNorm> {
  public:
    using OperatorWith::OperatorWith;

    std::string_view name() const override { return "batch_norm"; }

    std::vector<TensorType> infer(std::span<const TensorType> inputs) const override {
        require_statistics(inputs[0].shape.c, inputs[1]);
        require_channel_vectors(inputs[0].shape.c, inputs.subspan(2, 4));
        if (inputs.size() != (attributes().residual ? 7 : 6) ||
            (attributes().residual && !(inputs[6] == inputs[0])))
            throw ShapeError("batch norm of {} cannot add {}", inputs[0].text(), inputs.back().text());
        return {inputs[0]};
    }

    std::vector<size_t> updates() const override { return {4, 5}; }

    void gradient(GradientBuilder& builder) const override {
        if (attributes().residual)
            throw Error("a batch norm with a fused residual has no gradient: differentiate before fusing");
        const ValueId dy = builder.output_gradient(), x = builder.input(0), statistics = builder.input(1);
        const ValueId gamma = builder.input(2), beta = builder.input(3);
        const std::vector<ValueId> sums =
            builder.add(batch_norm_sums({attributes().epsilon, attributes().activation}),
                        {dy, x, statistics, gamma, beta});
        builder.contribute(2, sums[1]);
        builder.contribute(3, sums[2]);
        if (!builder.wants(0)) return;
        if (attributes().synchronised) builder.add(all_reduce(Reduction::sum), {sums[0]});
        builder.contribute(
            0, builder.add1(batch_norm_input_grad({attributes().epsilon, attributes().activation}),
                            {dy, x, statistics, gamma, beta, sums[0]}));
    }

    void lower(Lowering& lowering) const override {
        const TensorType& x = lowering.input_type(0);
        const int64_t image = x.image_bytes(), pixels = x.shape.h * x.shape.w;
        const KernelPlan plan = plan_of_rows(lowering);
        for (const Window& w : lowering.windows(x.shape.n, {image})) {
            const ColumnGrid grid = rowwise_grid(x.shape.quads(), w.count * pixels, plan);
            const auto cut = [&](const Region& tensor) { return tensor.units(w.first, w.count, image); };
            lowering.dispatch<shaders::BatchNorm>(
                {.storage = x.storage(),
                 .constants = {.workgroup = grid.workgroup,
                               .activation = kind(attributes().activation),
                               .residual = attributes().residual},
                 .bindings = {.x = cut(lowering.input(0)),
                              .statistics = lowering.input(1),
                              .gamma = lowering.input(2),
                              .beta = lowering.input(3),
                              .y = cut(lowering.output()),
                              .running_mean = lowering.input(4),
                              .running_variance = lowering.input(5),
                              .residual = attributes().residual ? cut(lowering.input(6)) : Region{}},
                 .push = {.rows = u32(w.count * pixels),
                          .channels = u32(x.shape.c),
                          .lanes = grid.lanes,
                          .rows_per_part = grid.rows_per_part,
                          .update = w.first == 0,
                          .epsilon = static_cast<float>(attributes().epsilon),
                          .momentum = static_cast<float>(attributes().momentum)},
                 .groups = grid.groups});
        }
    }

    void reference(ReferenceCall& call) const override {
        const HostTensor &x = call.in(0), &statistics = call.in(1);
        for (int64_t c = 0; c < x.shape.c; ++c) {
            const double mean = statistics.at(0, c), m2 = statistics.at(1, c), count = statistics.at(2, c);
            const Normalised norm{mean, 1 / std::sqrt(m2 / count + attributes().epsilon), call.in(2).at(0, c),
                                  call.in(3).at(0, c)};
            for (int64_t row = 0; row < x.shape.rows(); ++row)
                call.out().at(row, c) = activate(attributes().activation, norm.z(x.at(row, c))) +
                                        (attributes().residual ? call.in(6).at(row, c) : 0);
        }
        update_running(call, statistics, 4, attributes().momentum);
    }
};

class BatchNormCoefficientsOperator final : public OperatorWith<BatchNormCoefficients> {
  public:
    using OperatorWith::OperatorWith;

    std::string_view name() const override { return "batch_norm_coefficients"; }

    std::vector<TensorType> infer(std::span<const TensorType> inputs) const override {
        if (inputs.size() != 5) throw ShapeError("{} inputs; coefficients have 5", inputs.size());
        require_statistics(inputs[0].shape.c, inputs[0]);
        require_channel_vectors(inputs[0].shape.c, inputs.subspan(1));
        return {inputs[0]};
    }

    std::vector<size_t> updates() const override { return {3, 4}; }

    void lower(Lowering& lowering) const override {
        const TensorType& statistics = lowering.input_type(0);
        const auto epsilon = static_cast<float>(attributes().epsilon);
        const auto momentum = static_cast<float>(attributes().momentum);
        const StatisticsWork work{.gamma = lowering.input(1),
                                  .beta = lowering.input(2),
                                  .coefficients = lowering.output(),
                                  .running_mean = lowering.input(3),
                                  .running_variance = lowering.input(4),
                                  .epsilon = epsilon,
                                  .momentum = momentum};
        if (lowering.extend_dispatch(lowering.input(0), work)) return;
        const uint32_t workgroup = choose_workgroup(lowering);
        lowering.dispatch<shaders::BatchNormCoefficients>(
            {.constants = {.workgroup = workgroup},
             .bindings = {.statistics = lowering.input(0),
                          .gamma = lowering.input(1),
                          .beta = lowering.input(2),
                          .coefficients = lowering.output(),
                          .running_mean = lowering.input(3),
                          .running_variance = lowering.input(4)},
             .push = {.channels = u32(statistics.shape.c), .epsilon = epsilon, .momentum = momentum},
             .groups = fold_workgroups(divide_up(statistics.shape.quads(), workgroup), lowering.plan())});
    }

    void reference(ReferenceCall& call) const override {
        const HostTensor& statistics = call.in(0);
        for (int64_t c = 0; c < statistics.shape.c; ++c) {
            const double variance = statistics.at(1, c) / statistics.at(2, c);
            call.out().at(0, c) = statistics.at(0, c);
            call.out().at(1, c) = call.in(1).at(0, c) / std::sqrt(variance + attributes().epsilon);
            call.out().at(2, c) = call.in(2).at(0, c);
        }
        update_running(call, statistics, 3, attributes().momentum);
    }
};

class BatchNormInferenceOperator final : public OperatorWith<BatchNormInference> {
  public:
    using OperatorWith::OperatorWith;

    std::string_view name() const override { return "batch_norm_inference"; }

    std::vector<TensorType> infer(std::span<const TensorType> inputs) const override {
        require_channel_vectors(inputs[0].shape.c, inputs.subspan(1));
        return {inputs[0]};
    }

    void lower(Lowering& lowering) const override {
        const TensorType& x = lowering.input_type(0);
        const int64_t image = x.image_bytes(), pixels = x.shape.h * x.shape.w;
        const KernelPlan plan = plan_of_rows(lowering);
        for (const Window& w : lowering.windows(x.shape.n, {image})) {
            const ColumnGrid grid = rowwise_grid(x.shape.quads(), w.count * pixels, plan);
            lowering.dispatch<shaders::BatchNormInference>(
                {.storage = x.storage(),
                 .constants = {.workgroup = grid.workgroup, .activation = kind(attributes().activation)},
                 .bindings = {.x = lowering.input(0).units(w.first, w.count, image),
                              .gamma = lowering.input(1),
                              .beta = lowering.input(2),
                              .running_mean = lowering.input(3),
                              .running_variance = lowering.input(4),
                              .y = lowering.output().units(w.first, w.count, image)},
                 .push = {.rows = u32(w.count * pixels),
                          .channels = u32(x.shape.c),
                          .lanes = grid.lanes,
                          .rows_per_part = grid.rows_per_part,
                          .epsilon = static_cast<float>(attributes().epsilon)},
                 .groups = grid.groups});
        }
    }

    void reference(ReferenceCall& call) const override {
        const HostTensor& x = call.in(0);
        for (int64_t c = 0; c < x.shape.c; ++c) {
            const Normalised norm{call.in(3).at(0, c),
                                  1 / std::sqrt(call.in(4).at(0, c) + attributes().epsilon),
                                  call.in(1).at(0, c), call.in(2).at(0, c)};
            for (int64_t row = 0; row < x.shape.rows(); ++row)
                call.out().at(row, c) = activate(attributes().activation, norm.z(x.at(row, c)));
        }
    }
};

}  // namespace

std::shared_ptr<const Operator> batch_norm(const BatchNorm& attributes) {
    return std::make_shared<BatchNormOperator>(attributes);
}

std::shared_ptr<const Operator> batch_norm_coefficients(const BatchNormCoefficients& attributes) {
    return std::make_shared<BatchNormCoefficientsOperator>(attributes);
}

std::shared_ptr<const Operator> batch_norm_inference(const BatchNormInference& attributes) {
    return std::make_shared<BatchNormInferenceOperator>(attributes);
}

}  // namespace vkm::graph::ops
