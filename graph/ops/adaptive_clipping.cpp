#include <graph/kernels/flat_pieces.h>
#include <graph/ops/clip_gradients.h>
#include <graph/reference/reference.h>
#include <shaders/catalog.h>

#include <algorithm>
#include <cmath>

namespace vkm::graph::ops {
namespace {

class ClipAdaptively final : public Operator {
  public:
    ClipAdaptively(const AdaptiveClipping& clipping, ParameterRanges ranges)
        : clipping_(clipping), ranges_(std::move(ranges)) {}

    std::string_view name() const override { return "clip_gradients_adaptively"; }

    std::vector<TensorType> infer(std::span<const TensorType> inputs) const override {
        if (!(inputs[0] == inputs[1]) || inputs[0].dtype != DType::f32)
            throw ShapeError("gradients and parameters are {} and {}", inputs[0].text(), inputs[1].text());
        return {};
    }
    std::vector<size_t> updates() const override { return {0}; }

    void lower(Lowering& lowering) const override {
        const std::vector<FlatPiece> pieces = column_pieces_of(ranges_);
        if (pieces.empty()) return;
        const auto count = static_cast<int64_t>(pieces.size()), ranges = static_cast<int64_t>(ranges_.size());
        const Region table = piece_table(lowering, pieces);
        // The sums of squares of a column quad of weights and of gradients, for each of a piece's columns.
        const Region partial = lowering.scratch(count * piece_workgroup * 32, "partial");
        const Region shares = lowering.scratch(columns() * 16, "shares");
        const Region units = unit_table(lowering, pieces);
        const bool scaled = lowering.input_count() > 2;
        const Region verdict = scaled ? lowering.input(2) : Region{};
        const std::vector<PieceWindow> windows = piece_windows(lowering, pieces);
        for (const PieceWindow& w : windows)
            lowering.dispatch<shaders::ColumnSquares>(
                {.constants = {.workgroup = piece_workgroup, .scaled = scaled},
                 .bindings = {.parameters = lowering.input(1).units(w.quads.first, w.quads.count, 16),
                              .gradients = lowering.input(0).units(w.quads.first, w.quads.count, 16),
                              .pieces = table,
                              .partial = partial,
                              .unscale = verdict},
                 .push = {.piece_count = u32(static_cast<int64_t>(w.count)),
                          .first_piece = u32(static_cast<int64_t>(w.first)),
                          .base = u32(w.quads.first)},
                 .groups = fold_workgroups(static_cast<int64_t>(w.count), lowering.plan())});
        int64_t widest = 0;
        for (const ParameterRange& range : ranges_)
            widest = std::max(widest, range.row_quads);
        const uint32_t groups_of_range = divide_up(widest, piece_workgroup);
        lowering.dispatch<shaders::ClipShares>(
            {.constants = {.workgroup = piece_workgroup},
             .bindings = {.partial = partial, .units = units, .shares = shares},
             .push = {.ranges = u32(ranges),
                      .groups_of_range = groups_of_range,
                      .factor = static_cast<float>(clipping_.factor),
                      .epsilon = static_cast<float>(clipping_.epsilon)},
             .groups = fold_workgroups(ranges * groups_of_range, lowering.plan())});
        for (const PieceWindow& w : windows)
            lowering.dispatch<shaders::ScaleColumns>(
                {.constants = {.workgroup = piece_workgroup},
                 .bindings = {.gradients = lowering.input(0).units(w.quads.first, w.quads.count, 16),
                              .pieces = table,
                              .units = units,
                              .shares = shares},
                 .push = {.piece_count = u32(static_cast<int64_t>(w.count)),
                          .first_piece = u32(static_cast<int64_t>(w.first)),
                          .base = u32(w.quads.first)},
                 .groups = fold_workgroups(static_cast<int64_t>(w.count), lowering.plan())});
    }

    void reference(ReferenceCall& call) const override {
        const double factor = call.inputs.size() > 2 ? call.in(2).values[0] : 1;
        for (const ParameterRange& range : ranges_) {
            const auto first = static_cast<size_t>(4 * range.first_quad),
                       width = static_cast<size_t>(4 * range.row_quads),
                       rows = static_cast<size_t>(range.rows);
            const auto clip = [&](size_t column, size_t columns) {
                double weights = 0, gradients = 0;
                for (size_t row = 0; row < rows; ++row)
                    for (size_t c = column; c < column + columns; ++c) {
                        const double w = call.in(1).values[first + row * width + c],
                                     g = factor * call.in(0).values[first + row * width + c];
                        weights += w * w;
                        gradients += g * g;
                    }
                const double most = clipping_.factor * std::max(std::sqrt(weights), clipping_.epsilon);
                const double norm = std::sqrt(gradients);
                if (norm < most) return;
                for (size_t row = 0; row < rows; ++row)
                    for (size_t c = column; c < column + columns; ++c)
                        call.inout(0).values[first + row * width + c] *= most / std::max(norm, 1e-6);
            };
            if (range.vector)
                clip(0, width);
            else
                for (size_t c = 0; c < width; ++c)
                    clip(c, 1);
        }
    }

  private:
    int64_t columns() const {
        int64_t columns = 0;
        for (const ParameterRange& range : ranges_)
            columns += range.row_quads;
        return columns;
    }

    // Returns two uvec4 a range: its first piece, pieces, column quads, place among the shares; whether it is one unit.
    Region unit_table(Lowering& lowering, const std::vector<FlatPiece>& pieces) const {
        const auto by_range = pieces_by_range(pieces, ranges_.size());
        std::vector<uint32_t> words;
        int64_t first = 0;
        for (size_t i = 0; i < ranges_.size(); ++i) {
            words.insert(words.end(), {by_range[i].first, by_range[i].second, u32(ranges_[i].row_quads),
                                       u32(first), ranges_[i].vector ? 1u : 0u, 0u, 0u, 0u});
            first += ranges_[i].row_quads;
        }
        return lowering.table(std::as_bytes(std::span(words)), "units");
    }

    AdaptiveClipping clipping_;
    ParameterRanges ranges_;
};

}  // namespace

std::shared_ptr<const Operator> clip_gradients_adaptively(const AdaptiveClipping& clipping,
                                                          ParameterRanges ranges) {
    return std::make_shared<ClipAdaptively>(clipping, std::move(ranges));
}

}  // namespace vkm::graph::ops
