#include <graph/ops/batch_norm.h>
#include <graph/ops/columns.h>
#include <graph/ops/sum_parts.h>
#include <graph/reference/reference.h>
#include <shaders/catalog.h>

namespace vkm::graph::ops {
namespace {

class BatchStatistics final : public Operator {
  public:
    std::string_view name() const override { return "batch_statistics"; }

    std::vector<TensorType> infer(std::span<const TensorType> inputs) const override {
        return {f32({1, 1, 3, inputs[0].shape.c})};
    }

    // Batch norm's gradient with respect to x goes through the statistics; nothing is left to do here.
    void gradient(GradientBuilder&) const override {}

    void lower(Lowering& lowering) const override {
        const engine::DevicePlan& plan = lowering.plan();
        const TensorType& x = lowering.input_type(0);
        const int64_t image = x.image_bytes(), pixels = x.shape.h * x.shape.w, quads = x.shape.quads();
        const int64_t partial_bytes = lowering.output_type().bytes();

        const std::vector<Window> windows = lowering.windows(x.shape.n, {image});
        const int64_t most = most_parts(plan, partial_bytes) / static_cast<int64_t>(windows.size());
        std::vector<ColumnGrid> grids;
        int64_t partials = 0;
        for (const Window& w : windows) {
            grids.push_back(reduction_grid(quads, w.count * pixels, plan, most));
            partials += grids.back().partials();
        }
        // A single partial result is the result.
        const Region partial =
            partials == 1 ? lowering.output() : lowering.scratch(partials * partial_bytes, "partial");

        uint32_t first_partial = 0;
        for (size_t i = 0; i < windows.size(); ++i) {
            const Window& w = windows[i];
            const ColumnGrid& grid = grids[i];
            struct {
                uint32_t rows, channels, lanes, rows_per_part, first_partial;
            } push{static_cast<uint32_t>(w.count * pixels), static_cast<uint32_t>(x.shape.c), grid.lanes,
                   grid.rows_per_part, first_partial};
            lowering.dispatch({shaders::batch_statistics, x.storage(), {grid.workgroup, grid.tree}},
                              {lowering.input(0).units(w.first, w.count, image), partial}, push,
                              fold_workgroups(grid.workgroups, plan));
            first_partial += static_cast<uint32_t>(grid.partials());
        }
        if (partials == 1) return;

        const ColumnGrid grid = merge_grid(quads, partials, plan);
        struct {
            uint32_t parts, channels, lanes;
        } push{static_cast<uint32_t>(partials), static_cast<uint32_t>(x.shape.c), grid.lanes};
        lowering.dispatch({shaders::merge_statistics, Storage::f32, {grid.workgroup, grid.tree}},
                          {partial, lowering.output()}, push, fold_workgroups(grid.workgroups, plan));
    }

    void reference(ReferenceCall& call) const override {
        const HostTensor& x = call.in(0);
        const int64_t rows = x.shape.rows();
        for (int64_t c = 0; c < x.shape.c; ++c) {
            double mean = 0, m2 = 0;
            for (int64_t row = 0; row < rows; ++row)
                mean += x.at(row, c) / static_cast<double>(rows);
            for (int64_t row = 0; row < rows; ++row)
                m2 += (x.at(row, c) - mean) * (x.at(row, c) - mean);
            call.out().at(0, c) = mean;
            call.out().at(1, c) = m2;
            call.out().at(2, c) = static_cast<double>(rows);
        }
    }
};

}  // namespace

std::shared_ptr<const Operator> batch_statistics() {
    return std::make_shared<BatchStatistics>();
}

}  // namespace vkm::graph::ops
