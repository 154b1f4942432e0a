#include <graph/kernels/elementwise.h>
#include <graph/kernels/grid_variants.h>
#include <graph/ops/loss_scale.h>
#include <graph/ops/softmax_cross_entropy.h>
#include <graph/reference/reference.h>
#include <shaders/catalog.h>

#include <algorithm>
#include <cmath>

namespace vkm::graph::ops {
namespace {

double scale_of(const SoftmaxCrossEntropy& loss, const TensorType& logits) {
    return 1.0 / static_cast<double>(loss.global_batch > 0 ? loss.global_batch : logits.shape.n);
}

// Runs one workgroup a row. A row's result takes `result_bytes`. Calls dispatch(rows, workgroup).
template <typename Dispatch>
void lower_rows(Lowering& lowering, int64_t result_bytes, Dispatch dispatch) {
    const TensorType& logits = lowering.input_type(0);
    const uint32_t workgroup = choose_workgroup(lowering);
    for (const Window& w : lowering.windows(
             logits.shape.n, {logits.row_bytes(), lowering.input_type(1).row_bytes(), result_bytes}))
        dispatch(w, workgroup);
}

template <typename Kernel>
typename Kernel::Push push_of(const SoftmaxCrossEntropy& loss, const TensorType& logits, const Window& w) {
    return {.rows = u32(w.count),
            .classes = u32(logits.shape.c),
            .smoothing = static_cast<float>(loss.label_smoothing),
            .scale = static_cast<float>(scale_of(loss, logits))};
}

struct LossRow {
    double largest = 0, sum = 0;
    int64_t label = 0;
};

LossRow row_of(const HostTensor& logits, const HostTensor& labels, int64_t row) {
    LossRow result{logits.at(row, 0), 0, static_cast<int64_t>(labels.at(row, 0))};
    for (int64_t k = 0; k < logits.shape.c; ++k)
        result.largest = std::max(result.largest, logits.at(row, k));
    for (int64_t k = 0; k < logits.shape.c; ++k)
        result.sum += std::exp(logits.at(row, k) - result.largest);
    return result;
}

double target(const SoftmaxCrossEntropy& loss, int64_t k, int64_t label, int64_t classes) {
    return (k == label ? 1 - loss.label_smoothing : 0) + loss.label_smoothing / static_cast<double>(classes);
}

// Computes dlogits = (softmax - target) scale / global batch. Inputs: logits, labels, and the loss scale
// where there is one.
class SoftmaxCrossEntropyGrad final : public Operator {
  public:
    explicit SoftmaxCrossEntropyGrad(const SoftmaxCrossEntropy& loss) : loss_(loss) {}

    std::string_view name() const override { return "softmax_cross_entropy_grad"; }

    std::vector<TensorType> infer(std::span<const TensorType> inputs) const override { return {inputs[0]}; }

    void lower(Lowering& lowering) const override {
        const bool scaled = lowering.input_count() > 2;
        using Kernel = shaders::SoftmaxCrossEntropyGrad;
        const TensorType& logits = lowering.input_type(0);
        lower_rows(lowering, lowering.output_type().row_bytes(), [&](const Window& w, uint32_t workgroup) {
            lowering.dispatch<Kernel>({.storage = logits.storage(),
                                       .constants = {.workgroup = workgroup, .scaled = scaled},
                                       .bindings = {.logits = lowering.input_images(0, w),
                                                    .labels = lowering.input(1).units(w.first, w.count, 4),
                                                    .dlogits = lowering.output_images(w),
                                                    .state = scaled ? lowering.input(2) : Region{}},
                                       .push = push_of<Kernel>(loss_, logits, w),
                                       .groups = fold_workgroups(w.count, lowering.plan())});
        });
    }

    void reference(ReferenceCall& call) const override {
        const HostTensor& logits = call.in(0);
        const double scale =
            scale_of(loss_, f32(logits.shape)) * (call.inputs.size() > 2 ? loss_scale_of(call.in(2)) : 1);
        for (int64_t n = 0; n < logits.shape.n; ++n) {
            const LossRow row = row_of(logits, call.in(1), n);
            if (row.label < 0) continue;
            for (int64_t k = 0; k < logits.shape.c; ++k)
                call.out().at(n, k) = scale * (std::exp(logits.at(n, k) - row.largest) / row.sum -
                                               target(loss_, k, row.label, logits.shape.c));
        }
    }

  private:
    SoftmaxCrossEntropy loss_;
};

class SoftmaxCrossEntropyOperator final : public Operator {
  public:
    explicit SoftmaxCrossEntropyOperator(const SoftmaxCrossEntropy& loss) : loss_(loss) {}

    std::string_view name() const override { return "softmax_cross_entropy"; }

    std::vector<TensorType> infer(std::span<const TensorType> inputs) const override {
        const Shape& logits = inputs[0].shape;
        if (logits.h != 1 || logits.w != 1)
            throw ShapeError("logits are {}, not one row a sample", inputs[0].text());
        if (!(inputs[1] == TensorType{DType::i32, {logits.n, 1, 1, 1}}))
            throw ShapeError("labels of {} are {}", inputs[0].text(), inputs[1].text());
        if (inputs.size() > 2 && !(inputs[2] == loss_scale_type()))
            throw ShapeError("the loss scale is {}, not {}", inputs[2].text(), loss_scale_type().text());
        return {record_type<ClassificationMetrics>()};
    }

    void gradient(GradientBuilder& builder) const override {
        std::vector<ValueId> inputs{builder.input(0), builder.input(1)};
        if (builder.input_count() > 2) inputs.push_back(builder.input(2));
        builder.contribute(0,
                           builder.add1(std::make_shared<SoftmaxCrossEntropyGrad>(loss_), std::move(inputs)));
    }

    void lower(Lowering& lowering) const override {
        const int64_t rows = lowering.input_type(0).shape.n;
        const Region results = lowering.summed_later(rows, lowering.output());
        using Kernel = shaders::SoftmaxCrossEntropy;
        const TensorType& logits = lowering.input_type(0);
        lower_rows(lowering, 16, [&](const Window& w, uint32_t workgroup) {
            lowering.dispatch<Kernel>({.storage = logits.storage(),
                                       .constants = {.workgroup = workgroup},
                                       .bindings = {.logits = lowering.input_images(0, w),
                                                    .labels = lowering.input(1).units(w.first, w.count, 4),
                                                    .result = results.units(w.first, w.count, 16)},
                                       .push = push_of<Kernel>(loss_, logits, w),
                                       .groups = fold_workgroups(w.count, lowering.plan())});
        });
    }

    void reference(ReferenceCall& call) const override {
        const HostTensor& logits = call.in(0);
        const int64_t classes = logits.shape.c;
        double loss = 0, top1_hits = 0, top5_hits = 0;
        for (int64_t n = 0; n < logits.shape.n; ++n) {
            const LossRow row = row_of(logits, call.in(1), n);
            if (row.label < 0) continue;
            int64_t ahead = 0;
            for (int64_t k = 0; k < classes; ++k) {
                const double log_probability = logits.at(n, k) - row.largest - std::log(row.sum);
                loss -= scale_of(loss_, f32(logits.shape)) * target(loss_, k, row.label, classes) *
                        log_probability;
                const double mine = logits.at(n, row.label);
                ahead += logits.at(n, k) > mine || (logits.at(n, k) == mine && k < row.label);
            }
            top1_hits += ahead < 1;
            top5_hits += ahead < 5;
        }
        call.out().values = {loss, top1_hits, top5_hits};
    }

  private:
    SoftmaxCrossEntropy loss_;
};

}  // namespace

std::shared_ptr<const Operator> softmax_cross_entropy(const SoftmaxCrossEntropy& loss) {
    return std::make_shared<SoftmaxCrossEntropyOperator>(loss);
}

}  // namespace vkm::graph::ops
