#include <graph/kernels/grid_variants.h>
#include <graph/lower/lowering.h>
#include <graph/ops/batch_norm_grad.h>
#include <graph/ops/running_statistics.h>
#include <graph/reference/reference.h>
#include <shaders/catalog.h>

namespace vkm::graph::ops {
namespace {

constexpr float rows = 0x1p60f;

class RunningStatistics final : public Operator {
  public:
    std::string_view name() const override { return "running_statistics"; }

    std::vector<TensorType> infer(std::span<const TensorType> inputs) const override {
        const int64_t channels = inputs[0].shape.c;
        require_channel_vectors(channels, inputs);
        return {f32({1, 1, 3, channels})};
    }

    void gradient(GradientBuilder&) const override {}

    void lower(Lowering& lowering) const override {
        const Shape& channels = lowering.input_type(0).shape;
        const uint32_t workgroup = choose_workgroup(lowering);
        lowering.dispatch<shaders::RunningStatistics>(
            {.constants = {.workgroup = workgroup},
             .bindings = {.running_mean = lowering.input(0),
                          .running_variance = lowering.input(1),
                          .y = lowering.output()},
             .push = {.channel_quads = u32(channels.quads()), .rows = rows},
             .groups = fold_workgroups(divide_up(channels.quads(), workgroup), lowering.plan())});
    }

    void reference(ReferenceCall& call) const override {
        for (int64_t c = 0; c < call.out().shape.c; ++c) {
            call.out().at(0, c) = call.in(0).at(0, c);
            call.out().at(1, c) = call.in(1).at(0, c) * static_cast<double>(rows);
            call.out().at(2, c) = static_cast<double>(rows);
        }
    }
};

}  // namespace

std::shared_ptr<const Operator> running_statistics() {
    return std::make_shared<RunningStatistics>();
}

}  // namespace vkm::graph::ops
