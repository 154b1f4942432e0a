#include <graph/kernels/grid_variants.h>
#include <graph/lower/lowering.h>
#include <graph/ops/average_rate.h>
#include <graph/reference/reference.h>
#include <shaders/catalog.h>

#include <algorithm>
#include <cmath>

namespace vkm::graph::ops {
namespace {

class AverageRateOperator final : public Operator {
  public:
    explicit AverageRateOperator(const AverageRate& rate) : rate_(rate) {}

    std::string_view name() const override { return "average_rate"; }

    std::vector<TensorType> infer(std::span<const TensorType> inputs) const override {
        if (inputs.size() <= loss || !(inputs[0] == TensorType{DType::i32, Shape{}}))
            throw ShapeError("the count of updates is {}, and the loss is its second input",
                             inputs[0].text());
        return {channel_vector(4)};
    }

    std::vector<size_t> updates() const override { return {0}; }

    void lower(Lowering& lowering) const override {
        const bool scaled = lowering.input_count() > verdict;
        lowering.dispatch<shaders::AverageRate>(
            {.constants = {.workgroup = 1,
                           .guarded = true,
                           .scaled = scaled,
                           .warmup = static_cast<uint32_t>(rate_.warmup)},
             .bindings = {.updates = lowering.input(0),
                          .rate = lowering.output(),
                          .guard = lowering.input(loss),
                          .unscale = scaled ? lowering.input(verdict) : Region{}},
             .push = {.decay = static_cast<float>(rate_.decay),
                      .one_minus_decay = static_cast<float>(1 - rate_.decay),
                      .start = static_cast<int32_t>(rate_.start),
                      .every = static_cast<int32_t>(rate_.every)},
             .groups = {1, 1, 1}});
    }

    void reference(ReferenceCall& call) const override {
        const bool skipped = !std::isfinite(call.in(loss).values[0]) ||
                             (call.inputs.size() > verdict && call.in(verdict).values[0] == 0);
        call.out().values = {0, 0, 0, 0};
        if (skipped) return;
        const auto made = static_cast<int64_t>(++call.inout(0).values[0]), k = made - rate_.start;
        if (k <= 0)
            call.out().values[0] = 1;
        else if ((k - 1) % rate_.every == 0)
            call.out().values[0] = 1 - decay(static_cast<double>(k));
    }

  private:
    static constexpr size_t loss = 1, verdict = 2;

    double decay(double k) const {
        switch (rate_.warmup) {
            case AverageWarmup::none:
                return rate_.decay;
            case AverageWarmup::tensorflow:
                return std::min(rate_.decay, (1 + k) / (10 + k));
            case AverageWarmup::exponential:
                return rate_.decay * (1 - std::exp(-k / 2000));
            case AverageWarmup::timm:
                return std::min(rate_.decay, 1 - std::pow(k, -2.0 / 3));
        }
        return rate_.decay;
    }

    AverageRate rate_;
};

class Approach final : public Operator {
  public:
    std::string_view name() const override { return "approach"; }

    std::vector<TensorType> infer(std::span<const TensorType> inputs) const override {
        if (!(inputs[0] == inputs[1]) || inputs[0].dtype != DType::f32)
            throw ShapeError("the average is {} and its target is {}", inputs[0].text(), inputs[1].text());
        if (!(inputs[2] == channel_vector(4))) throw ShapeError("the rate is {}", inputs[2].text());
        return {};
    }

    std::vector<size_t> updates() const override { return {0}; }

    void lower(Lowering& lowering) const override {
        const uint32_t workgroup = choose_workgroup(lowering);
        for (const Window& w : lowering.windows(lowering.input_type(0).bytes() / 16, {16}))
            lowering.dispatch<shaders::Approach>(
                {.constants = {.workgroup = workgroup},
                 .bindings = {.average = lowering.input(0).units(w.first, w.count, 16),
                              .target = lowering.input(1).units(w.first, w.count, 16),
                              .rate = lowering.input(2)},
                 .push = {.quads = u32(w.count)},
                 .groups = fold_workgroups(divide_up(w.count, workgroup), lowering.plan())});
    }

    void reference(ReferenceCall& call) const override {
        const double rate = call.in(2).values[0];
        for (size_t i = 0; i < call.in(0).values.size(); ++i) {
            double& average = call.inout(0).values[i];
            average += rate * (call.in(1).values[i] - average);
        }
    }
};

}  // namespace

std::shared_ptr<const Operator> average_rate(const AverageRate& rate) {
    return std::make_shared<AverageRateOperator>(rate);
}

std::shared_ptr<const Operator> approach() {
    return std::make_shared<Approach>();
}

}  // namespace vkm::graph::ops
