#include <graph/kernels/columns.h>
#include <graph/kernels/grid_variants.h>
#include <graph/kernels/statistics.h>
#include <graph/ops/batch_norm.h>
#include <graph/reference/reference.h>
#include <shaders/catalog.h>

namespace vkm::graph::ops {
namespace {

class BatchStatisticsOperator final : public OperatorWith<BatchStatistics> {
  public:
    std::string_view name() const override { return "batch_statistics"; }

    std::vector<TensorType> infer(std::span<const TensorType> inputs) const override {
        return {statistics_type(inputs[0])};
    }

    // Batch norm's gradient with respect to x goes through the statistics; nothing is left to do here.
    void gradient(GradientBuilder&) const override {}

    void lower(Lowering& lowering) const override {
        const KernelPlan plan = plan_of_reduction(lowering);
        const TensorType& x = lowering.input_type(0);
        const int64_t image = x.image_bytes(), pixels = x.shape.h * x.shape.w, quads = x.shape.quads();
        const int64_t partial_bytes = lowering.output_type().bytes();

        const ColumnReduction reduction =
            split_columns(plan, lowering.windows(x.shape.n, {image}), quads, pixels, partial_bytes);
        const Region partial = reduction.partial_results(lowering, lowering.output());
        for (const auto& [window, grid, first_partial] : reduction.dispatches) {
            lowering.dispatch<shaders::BatchStatistics>(
                {.storage = x.storage(),
                 .constants = {.workgroup = grid.workgroup, .tree = grid.tree},
                 .bindings = {.x = lowering.input(0).units(window.first, window.count, image),
                              .partial = partial},
                 .push = {.rows = u32(window.count * pixels),
                          .channels = u32(x.shape.c),
                          .lanes = grid.lanes,
                          .rows_per_part = grid.rows_per_part,
                          .first_partial = first_partial},
                 .groups = grid.groups});
        }
        if (reduction.complete()) return;

        lower_merge_statistics(lowering, partial, reduction.partials, lowering.output(), x.shape.c);
    }

    void reference(ReferenceCall& call) const override { call.out() = reference_statistics(call.in(0)); }
};

}  // namespace

std::shared_ptr<const Operator> batch_statistics() {
    return std::make_shared<BatchStatisticsOperator>();
}

}  // namespace vkm::graph::ops
