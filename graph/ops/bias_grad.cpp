#include <graph/kernels/grid_variants.h>
#include <graph/kernels/split_rows.h>
#include <graph/ops/bias_grad.h>
#include <graph/reference/reference.h>
#include <shaders/catalog.h>

#include <algorithm>
#include <array>
#include <utility>

namespace vkm::graph::ops {
namespace {

using Kernel = shaders::BiasGrad;
constexpr uint32_t lanes = 16;

// Holds how one tensor is summed.
struct TensorSum {
    uint32_t columns = 0;  // blocks of `lanes` quads
    SplitRows split;
};

class BiasGradOperator final : public OperatorWith<BiasGrad> {
  public:
    std::string_view name() const override { return "bias_grad"; }

    std::vector<TensorType> infer(std::span<const TensorType> inputs) const override {
        if (inputs.empty() || inputs.size() > most_bias_grads)
            throw ShapeError("{} inputs, not 1 to {}", inputs.size(), most_bias_grads);
        std::vector<TensorType> outputs;
        for (const TensorType& dy : inputs) {
            if (dy.dtype != inputs[0].dtype)
                throw ShapeError("gradients {} and {} differ in type", inputs[0].text(), dy.text());
            outputs.push_back(channel_vector(dy.shape.c));
        }
        return outputs;
    }

    void lower(Lowering& lowering) const override {
        const KernelPlan plan = plan_of_parts(lowering);
        std::vector<TensorSum> sums;
        std::vector<DeferredSums::Sum> wanted;
        bool in_windows = false;
        for (size_t i = 0; i < lowering.input_count(); ++i) {
            const TensorType& dy = lowering.input_type(i);
            const Region total = lowering.output(i);
            const uint32_t columns = divide_up(dy.shape.quads(), lanes);
            sums.push_back(
                {columns, split_rows(lowering.windows(dy.shape.rows(), {dy.row_bytes()}),
                                     divide_up(plan.kernels.target_workgroups, columns), total.bytes, plan)});
            in_windows |= sums.back().split.dispatches.size() > 1;
            wanted.push_back({{}, sums.back().split.parts, total});
        }
        if (!in_windows && lowering.sum_together_later(wanted)) {
            auto dispatch = dispatch_of(lowering, plan, sums.size());
            for (size_t i = 0; i < sums.size(); ++i)
                add(dispatch, i, lowering, i, sums[i], sums[i].split.dispatches.front(),
                    lowering.summed_later(sums[i].split.parts, wanted[i].total));
            lowering.dispatch(dispatch);
            return;
        }
        for (size_t i = 0; i < sums.size(); ++i) {
            const Region partial = lowering.summed_later(sums[i].split.parts, wanted[i].total);
            for (const SplitRows::Dispatch& d : sums[i].split.dispatches) {
                auto dispatch = dispatch_of(lowering, plan, 1);
                add(dispatch, 0, lowering, i, sums[i], d, partial);
                dispatch.push.first_part = u32(d.first_part);
                lowering.dispatch(dispatch);
            }
        }
    }

    void reference(ReferenceCall& call) const override {
        for (size_t i = 0; i < call.inputs.size(); ++i) {
            const HostTensor& dy = call.in(i);
            for (int64_t row = 0; row < dy.shape.rows(); ++row)
                for (int64_t c = 0; c < dy.shape.c; ++c)
                    call.out(i).at(0, c) += dy.at(row, c);
        }
    }

  private:
    static Lowering::Dispatch<Kernel> dispatch_of(const Lowering& lowering, const KernelPlan& plan,
                                                  size_t count) {
        const bool software = plan.device.device_class == engine::DeviceClass::software;
        Lowering::Dispatch<Kernel> d{.constants = {}, .bindings = {}, .push = {}};
        d.storage = lowering.input_type(0).storage();
        d.constants.workgroup = software ? lanes : std::max(lanes, plan.kernels.workgroup);
        d.constants.lanes = lanes;
        d.constants.count = static_cast<uint32_t>(count);
        return d;
    }

    // Adds a tensor's rows to a dispatch as its tensor k.
    static void add(Lowering::Dispatch<Kernel>& dispatch, size_t k, const Lowering& lowering, size_t input,
                    const TensorSum& sum, const SplitRows::Dispatch& d, const Region& partial) {
        const TensorType& dy = lowering.input_type(input);
        auto& b = dispatch.bindings;
        *std::array{&b.dy, &b.dy1, &b.dy2, &b.dy3}.at(k) =
            lowering.input(input).units(d.rows.first, d.rows.count, dy.row_bytes());
        *std::array{&b.partial, &b.partial1, &b.partial2, &b.partial3}.at(k) = partial;
        dispatch.push.rows.at(k) = u32(d.rows.count);
        dispatch.push.channels.at(k) = u32(dy.shape.c);
        dispatch.push.rows_per_part.at(k) = u32(sum.split.rows_per_part);
        dispatch.push.first_workgroup.at(k) = dispatch.push.workgroups;
        dispatch.push.workgroups += sum.columns * u32(d.parts);
        dispatch.groups = fold_workgroups(dispatch.push.workgroups, lowering.plan());
    }
};

}  // namespace

std::shared_ptr<const Operator> bias_grad() {
    return std::make_shared<BiasGradOperator>();
}

}  // namespace vkm::graph::ops
