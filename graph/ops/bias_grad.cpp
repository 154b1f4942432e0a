#include <graph/kernels/grid_variants.h>
#include <graph/kernels/split_rows.h>
#include <graph/ops/bias_grad.h>
#include <graph/reference/reference.h>
#include <shaders/catalog.h>

#include <algorithm>

namespace vkm::graph::ops {
namespace {

class BiasGrad final : public Operator {
  public:
    std::string_view name() const override { return "bias_grad"; }

    std::vector<TensorType> infer(std::span<const TensorType> inputs) const override {
        return {channel_vector(inputs[0].shape.c)};
    }

    void lower(Lowering& lowering) const override {
        const KernelPlan plan = plan_of_parts(lowering);
        const TensorType& dy = lowering.input_type(0);
        const Region out = lowering.output();
        constexpr uint32_t lanes = 16;
        const uint32_t workgroup = plan.device.device_class == engine::DeviceClass::software
                                       ? lanes
                                       : std::max(lanes, plan.kernels.workgroup);
        const uint32_t columns = divide_up(dy.shape.quads(), lanes);
        const SplitRows split =
            split_rows(lowering.windows(dy.shape.rows(), {dy.row_bytes()}),
                       divide_up(plan.kernels.target_workgroups, columns), out.bytes, plan);
        const Region partial = lowering.summed_later(split.parts, out);
        for (const SplitRows::Dispatch& d : split.dispatches) {
            lowering.dispatch<shaders::BiasGrad>(
                {.storage = dy.storage(),
                 .constants = {.workgroup = workgroup, .lanes = lanes},
                 .bindings = {.dy = lowering.input(0).units(d.rows.first, d.rows.count, dy.row_bytes()),
                              .partial = partial},
                 .push = {.rows = u32(d.rows.count),
                          .channels = u32(dy.shape.c),
                          .rows_per_part = u32(split.rows_per_part),
                          .first_part = u32(d.first_part)},
                 .groups = {columns, u32(d.parts), 1}});
        }
    }

    void reference(ReferenceCall& call) const override {
        const HostTensor& dy = call.in(0);
        for (int64_t row = 0; row < dy.shape.rows(); ++row)
            for (int64_t c = 0; c < dy.shape.c; ++c)
                call.out().at(0, c) += dy.at(row, c);
    }
};

}  // namespace

std::shared_ptr<const Operator> bias_grad() {
    return std::make_shared<BiasGrad>();
}

}  // namespace vkm::graph::ops
