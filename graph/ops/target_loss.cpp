#include <graph/kernels/grid_variants.h>
#include <graph/ops/loss_scale.h>
#include <graph/ops/sample_terms.h>
#include <graph/ops/target_loss.h>
#include <graph/reference/reference.h>
#include <shaders/catalog.h>

#include <algorithm>
#include <cmath>

namespace vkm::graph::ops {
namespace {

// Says which input is which.
struct TargetInputs {
    size_t terms, weights, scale;

    explicit TargetInputs(const TargetLoss& loss)
        : terms(2), weights(2 + (loss.sample_terms ? 1 : 0)), scale(weights + (loss.class_weights ? 1 : 0)) {}
};

double scale_of(const TargetLoss& loss, const Shape& logits) {
    const auto samples = static_cast<double>(loss.global_batch > 0 ? loss.global_batch : logits.n);
    return 1 / (loss.sigmoid && !loss.summed ? samples * static_cast<double>(logits.c) : samples);
}

// Calls dispatch(window of rows, workgroup), one workgroup a row. Neighbours stay together.
template <typename Dispatch>
void lower_rows(Lowering& lowering, const TargetLoss& loss, int64_t result_bytes, Dispatch dispatch) {
    const TensorType& logits = lowering.input_type(0);
    const int64_t rows = loss.sample_terms ? 2 : 1;
    const uint32_t workgroup = choose_workgroup(lowering);
    for (const Window& w : lowering.windows(
             (logits.shape.n + rows - 1) / rows,
             {rows * logits.row_bytes(), rows * 4, rows * result_bytes, rows * sample_terms_type(1).bytes()}))
        dispatch(Window{w.first * rows, std::min(w.count * rows, logits.shape.n - w.first * rows)},
                 workgroup);
}

template <typename Kernel>
typename Kernel::Push push_of(const TargetLoss& loss, const Shape& logits, const Window& w) {
    return {.rows = u32(w.count),
            .classes = u32(logits.c),
            .smoothing = static_cast<float>(loss.label_smoothing),
            .scale = static_cast<float>(scale_of(loss, logits)),
            .threshold = static_cast<float>(loss.threshold.value_or(0))};
}

Region terms_of(const Lowering& lowering, const TargetLoss& loss, const Window& w) {
    return loss.sample_terms ? lowering.input(TargetInputs(loss).terms)
                                   .units(w.first, w.count, sample_terms_type(1).bytes())
                             : Region{};
}

Region weights_of(const Lowering& lowering, const TargetLoss& loss) {
    return loss.class_weights ? lowering.input(TargetInputs(loss).weights) : Region{};
}

// Holds a row's loss and gradient as the reference computes them.
struct TargetRow {
    int64_t label = 0;  // that hits count for
    double loss = 0;
    std::vector<double> gradient;
};

TargetRow row_of(const ReferenceCall& call, const TargetLoss& attributes, int64_t n) {
    const HostTensor &logits = call.in(0), &labels = call.in(1);
    const int64_t classes = logits.shape.c, label = static_cast<int64_t>(labels.at(n, 0));
    TargetRow row{label, 0, std::vector<double>(static_cast<size_t>(classes))};
    if (label < 0) return row;
    const TargetInputs inputs(attributes);
    double own = 1, weight = 1;
    int64_t other = label;
    if (attributes.sample_terms) {
        own = call.in(inputs.terms).at(n, 1);
        weight = call.in(inputs.terms).at(n, 6);
        other = static_cast<int64_t>(labels.at(std::min(n ^ 1, logits.shape.n - 1), 0));
        if (own < 0.5) row.label = other;
    }
    const double smoothing = attributes.label_smoothing, scale = weight * scale_of(attributes, logits.shape);
    double largest = logits.at(n, 0), sum = 0, targets = 0;
    for (int64_t k = 0; k < classes; ++k)
        largest = std::max(largest, logits.at(n, k));
    for (int64_t k = 0; k < classes; ++k)
        sum += std::exp(logits.at(n, k) - largest);
    const auto class_weight = [&](int64_t k) {
        return attributes.class_weights ? call.in(inputs.weights).at(0, k) : 1;
    };
    const auto target = [&](int64_t k) {
        const double hard = (k == label ? own : 0) + (k == other ? 1 - own : 0);
        const double soft = (1 - smoothing) * hard + smoothing / static_cast<double>(classes);
        return attributes.threshold ? static_cast<double>(soft > *attributes.threshold) : soft;
    };
    for (int64_t k = 0; k < classes; ++k)
        targets += class_weight(k) * target(k);
    for (int64_t k = 0; k < classes; ++k) {
        const double x = logits.at(n, k), t = target(k), w = class_weight(k);
        double& gradient = row.gradient[static_cast<size_t>(k)];
        if (attributes.sigmoid) {
            row.loss += scale * w * (std::max(x, 0.0) - x * t + std::log1p(std::exp(-std::abs(x))));
            gradient = scale * w * (1 / (1 + std::exp(-x)) - t);
        } else {
            row.loss -= scale * w * t * (x - largest - std::log(sum));
            gradient = scale * (targets * std::exp(x - largest) / sum - w * t);
        }
    }
    return row;
}

// Computes the gradient of the logits. Inputs: those of the loss.
class TargetLossGrad final : public Operator {
  public:
    explicit TargetLossGrad(const TargetLoss& loss) : loss_(loss) {}

    std::string_view name() const override { return "target_loss_grad"; }

    std::vector<TensorType> infer(std::span<const TensorType> inputs) const override { return {inputs[0]}; }

    void lower(Lowering& lowering) const override {
        using Kernel = shaders::TargetLossGrad;
        const TensorType& logits = lowering.input_type(0);
        const size_t scale = TargetInputs(loss_).scale;
        const bool scaled = lowering.input_count() > scale;
        lower_rows(lowering, loss_, logits.row_bytes(), [&](const Window& w, uint32_t workgroup) {
            lowering.dispatch<Kernel>({.storage = logits.storage(),
                                       .constants = {.workgroup = workgroup,
                                                     .sigmoid = loss_.sigmoid,
                                                     .mixed = loss_.sample_terms,
                                                     .weighted = loss_.class_weights,
                                                     .thresholded = loss_.threshold.has_value(),
                                                     .scaled = scaled},
                                       .bindings = {.logits = lowering.input_images(0, w),
                                                    .labels = lowering.input(1).units(w.first, w.count, 4),
                                                    .terms = terms_of(lowering, loss_, w),
                                                    .class_weights = weights_of(lowering, loss_),
                                                    .dlogits = lowering.output_images(w),
                                                    .state = scaled ? lowering.input(scale) : Region{}},
                                       .push = push_of<Kernel>(loss_, logits.shape, w),
                                       .groups = fold_workgroups(w.count, lowering.plan())});
        });
    }

    void reference(ReferenceCall& call) const override {
        const size_t scale = TargetInputs(loss_).scale;
        const double factor = call.inputs.size() > scale ? loss_scale_of(call.in(scale)) : 1;
        const Shape& logits = call.in(0).shape;
        for (int64_t n = 0; n < logits.n; ++n) {
            const TargetRow row = row_of(call, loss_, n);
            for (int64_t k = 0; k < logits.c; ++k)
                call.out().at(n, k) = factor * row.gradient[static_cast<size_t>(k)];
        }
    }

  private:
    TargetLoss loss_;
};

class TargetLossOperator final : public Operator {
  public:
    explicit TargetLossOperator(const TargetLoss& loss) : loss_(loss) {}

    std::string_view name() const override { return "target_loss"; }

    std::vector<TensorType> infer(std::span<const TensorType> inputs) const override {
        const Shape& logits = inputs[0].shape;
        const TargetInputs place(loss_);
        if (logits.h != 1 || logits.w != 1)
            throw ShapeError("logits are {}, not one row a sample", inputs[0].text());
        const auto require = [&](size_t i, const TensorType& type, std::string_view what) {
            if (inputs.size() <= i || !(inputs[i] == type))
                throw ShapeError("{} of {} are {}", what, inputs[0].text(),
                                 inputs.size() <= i ? "missing" : inputs[i].text());
        };
        require(1, {DType::i32, {logits.n, 1, 1, 1}}, "labels");
        if (loss_.sample_terms) require(place.terms, sample_terms_type(logits.n), "the samples' terms");
        if (loss_.class_weights) require(place.weights, channel_vector(logits.c), "the classes' weights");
        if (inputs.size() > place.scale) require(place.scale, loss_scale_type(), "the loss scales");
        return {record_type<ClassificationMetrics>()};
    }

    void gradient(GradientBuilder& builder) const override {
        std::vector<ValueId> inputs;
        for (size_t i = 0; i < builder.input_count(); ++i)
            inputs.push_back(builder.input(i));
        builder.contribute(0, builder.add1(std::make_shared<TargetLossGrad>(loss_), std::move(inputs)));
    }

    void lower(Lowering& lowering) const override {
        using Kernel = shaders::TargetLoss;
        const TensorType& logits = lowering.input_type(0);
        const int64_t rows = logits.shape.n;
        const Region results = lowering.summed_later(rows, lowering.output());
        lower_rows(lowering, loss_, 16, [&](const Window& w, uint32_t workgroup) {
            lowering.dispatch<Kernel>({.storage = logits.storage(),
                                       .constants = {.workgroup = workgroup,
                                                     .sigmoid = loss_.sigmoid,
                                                     .mixed = loss_.sample_terms,
                                                     .weighted = loss_.class_weights,
                                                     .thresholded = loss_.threshold.has_value()},
                                       .bindings = {.logits = lowering.input_images(0, w),
                                                    .labels = lowering.input(1).units(w.first, w.count, 4),
                                                    .terms = terms_of(lowering, loss_, w),
                                                    .class_weights = weights_of(lowering, loss_),
                                                    .result = results.units(w.first, w.count, 16)},
                                       .push = push_of<Kernel>(loss_, logits.shape, w),
                                       .groups = fold_workgroups(w.count, lowering.plan())});
        });
    }

    void reference(ReferenceCall& call) const override {
        const HostTensor& logits = call.in(0);
        double loss = 0, top1_hits = 0, top5_hits = 0;
        for (int64_t n = 0; n < logits.shape.n; ++n) {
            const TargetRow row = row_of(call, loss_, n);
            if (row.label < 0) continue;
            loss += row.loss;
            int64_t ahead = 0;
            const double mine = logits.at(n, row.label);
            for (int64_t k = 0; k < logits.shape.c; ++k)
                ahead += logits.at(n, k) > mine || (logits.at(n, k) == mine && k < row.label);
            top1_hits += ahead < 1;
            top5_hits += ahead < 5;
        }
        call.out().values = {loss, top1_hits, top5_hits};
    }

  private:
    TargetLoss loss_;
};

}  // namespace

std::shared_ptr<const Operator> target_loss(const TargetLoss& loss) {
    return std::make_shared<TargetLossOperator>(loss);
}

}  // namespace vkm::graph::ops
