#include <graph/kernels/bias_corrections.h>
#include <graph/kernels/flat_pieces.h>
#include <graph/kernels/gradient_norm.h>
#include <graph/ops/lamb.h>
#include <graph/reference/reference.h>
#include <shaders/catalog.h>

#include <algorithm>
#include <cmath>

namespace vkm::graph::ops {
namespace {

class LambOperator final : public Optimizer {
  public:
    LambOperator(const Lamb& lamb, ParameterRanges ranges) : Optimizer(std::move(ranges)), lamb_(lamb) {}

    std::string_view name() const override { return "lamb"; }

    std::vector<OptimizerSlot> slots() const override {
        return {{.name = "exp_avg"}, {.name = "exp_avg_sq", .nonnegative = true}, update_count()};
    }

    void lower(Lowering& lowering) const override {
        UpdateGuard update = guard(lowering);
        if (std::isfinite(lamb_.max_grad_norm)) {
            update.verdict =
                bounded_norm(lowering, lowering.input(gradients), update.verdict, {lamb_.max_grad_norm, 0});
            update.scaled = true;
        }
        const Region corrections =
            bias_corrections(lowering, lowering.input(updates_made), update, lamb_.beta1, lamb_.beta2);
        const std::vector<FlatPiece> pieces = pieces_of(ranges());
        const Region table = piece_table(lowering, pieces);
        const Region shares = share_table(lowering);
        const Region partial = lowering.scratch(static_cast<int64_t>(pieces.size()) * 16, "partial");
        const Region trust = lowering.scratch(static_cast<int64_t>(ranges().size()) * 16, "trust");
        const std::vector<PieceWindow> windows = piece_windows(lowering, pieces);
        for (const PieceWindow& w : windows) {
            const auto cut = [&](size_t i) {
                return lowering.input(i).units(w.quads.first, w.quads.count, 16);
            };
            lowering.dispatch<shaders::LambMoments>(
                {.constants = {.workgroup = piece_workgroup},
                 .bindings = {.parameters = cut(parameters),
                              .gradients = cut(gradients),
                              .exp_avg = cut(exp_avg),
                              .exp_avg_sq = cut(exp_avg_sq),
                              .pieces = table,
                              .partial = partial,
                              .corrections = corrections,
                              .shares = shares},
                 .push = {.piece_count = u32(static_cast<int64_t>(w.count)),
                          .first_piece = u32(static_cast<int64_t>(w.first)),
                          .base = u32(w.quads.first),
                          .one_minus_beta1 = static_cast<float>(1 - lamb_.beta1),
                          .beta2 = static_cast<float>(lamb_.beta2),
                          .one_minus_beta2 = static_cast<float>(1 - lamb_.beta2),
                          .epsilon = static_cast<float>(lamb_.epsilon),
                          .weight_decay = static_cast<float>(lamb_.weight_decay)},
                 .groups = fold_workgroups(static_cast<int64_t>(w.count), lowering.plan())});
        }
        lowering.dispatch<shaders::LambTrust>(
            {.constants = {.workgroup = piece_workgroup},
             .bindings = {.partial = partial, .pieces_of = range_table(lowering, pieces), .trust = trust},
             .push = {.ranges = u32(static_cast<int64_t>(ranges().size()))},
             .groups = fold_workgroups(divide_up(static_cast<int64_t>(ranges().size()), piece_workgroup),
                                       lowering.plan())});
        for (const PieceWindow& w : windows) {
            const auto cut = [&](size_t i) {
                return lowering.input(i).units(w.quads.first, w.quads.count, 16);
            };
            lowering.dispatch<shaders::LambUpdate>(
                {.constants = {.workgroup = piece_workgroup},
                 .bindings = {.parameters = cut(parameters),
                              .exp_avg = cut(exp_avg),
                              .exp_avg_sq = cut(exp_avg_sq),
                              .pieces = table,
                              .corrections = corrections,
                              .shares = shares,
                              .trust = trust,
                              .step_params = lowering.input(step_params())},
                 .push = {.piece_count = u32(static_cast<int64_t>(w.count)),
                          .first_piece = u32(static_cast<int64_t>(w.first)),
                          .base = u32(w.quads.first),
                          .epsilon = static_cast<float>(lamb_.epsilon),
                          .weight_decay = static_cast<float>(lamb_.weight_decay)},
                 .groups = fold_workgroups(static_cast<int64_t>(w.count), lowering.plan())});
        }
    }

    void reference(ReferenceCall& call) const override {
        const double unscale = gradient_factor(call);
        if (unscale == 0) return;
        const std::vector<double>& g = call.in(gradients).values;
        double norm = 0;
        for (const double v : g)
            norm += unscale * v * unscale * v;
        norm = std::sqrt(norm);
        const double factor = unscale * std::min(1.0, norm > 0 ? lamb_.max_grad_norm / norm : 1.0);
        const double t = ++call.inout(updates_made).values[0], lr = call.step.learning_rate;
        const double correction1 = 1 - std::pow(lamb_.beta1, t), correction2 = 1 - std::pow(lamb_.beta2, t);
        for (const ParameterRange& range : ranges()) {
            const auto first = static_cast<size_t>(4 * range.first_quad),
                       count = static_cast<size_t>(4 * range.quads());
            const double decay = lamb_.weight_decay * range.decay;
            std::vector<double> direction(count);
            double square_p = 0, square_u = 0;
            for (size_t i = 0; i < count; ++i) {
                const double p = call.in(parameters).values[first + i], gradient = factor * g[first + i];
                double& m = call.inout(exp_avg).values[first + i];
                double& v = call.inout(exp_avg_sq).values[first + i];
                m += (1 - lamb_.beta1) * (gradient - m);
                v = lamb_.beta2 * v + (1 - lamb_.beta2) * gradient * gradient;
                direction[i] = decay * p;
                if (m != 0)
                    direction[i] += m / correction1 / (std::sqrt(v) / std::sqrt(correction2) + lamb_.epsilon);
                square_p += p * p;
                square_u += direction[i] * direction[i];
            }
            const bool adapts = decay != 0 && square_p > 0 && square_u > 0;
            const double trust = adapts ? std::sqrt(square_p / square_u) : 1;
            for (size_t i = 0; i < count; ++i)
                call.inout(parameters).values[first + i] -= lr * trust * direction[i];
        }
    }

  private:
    Region share_table(Lowering& lowering) const {
        std::vector<float> shares(4 * ranges().size());
        for (size_t i = 0; i < ranges().size(); ++i)
            shares[4 * i] = static_cast<float>(ranges()[i].decay);
        return lowering.table(std::as_bytes(std::span(shares)), "shares");
    }

    Region range_table(Lowering& lowering, const std::vector<FlatPiece>& pieces) const {
        const auto by_range = pieces_by_range(pieces, ranges().size());
        std::vector<uint32_t> words;
        for (size_t i = 0; i < by_range.size(); ++i) {
            const bool adapts = lamb_.weight_decay * ranges()[i].decay != 0;
            words.insert(words.end(), {by_range[i].first, by_range[i].second, adapts ? 1u : 0u, 0u});
        }
        return lowering.table(std::as_bytes(std::span(words)), "ranges");
    }

    static constexpr size_t exp_avg = first_slot, exp_avg_sq = first_slot + 1, updates_made = first_slot + 2;
    Lamb lamb_;
};

}  // namespace

std::shared_ptr<const Optimizer> lamb(const Lamb& lamb, ParameterRanges ranges) {
    return std::make_shared<LambOperator>(lamb, std::move(ranges));
}

}  // namespace vkm::graph::ops
