#include <base/align.h>
#include <graph/kernel_plan.h>
#include <graph/lower/deferred_sums.h>

#include <algorithm>
#include <optional>
#include <utility>

namespace vkm::graph {
namespace {

// Partial results are read soon after they are written: as many as a wide GPU's last cache holds wait for each
// other. More dispatches would bring little.
constexpr int64_t most_deferred_bytes = 64 << 20;

int64_t bytes_of(int64_t parts, const Region& total, const KernelPlan& plan) {
    return align_up(parts * total.bytes, static_cast<int64_t>(plan.device.binding_alignment));
}

}  // namespace

bool DeferredSums::fit(const std::vector<Sum>& wanted, const KernelPlan& plan) const {
    const auto window = static_cast<int64_t>(plan.device.window_bytes),
               most = std::min(most_deferred_bytes, window);
    int64_t partial_bytes =
        sums_.empty() ? 0
                      : sums_.back().partials.offset + bytes_of(sums_.back().parts, sums_.back().total, plan);
    std::optional<Region> span;
    const auto joins = [&](const Region& total) {
        if (!span) span = total;
        const int64_t begin = std::min(span->offset, total.offset),
                      end = std::max(span->offset + span->bytes, total.offset + total.bytes);
        const bool one_buffer = span->buffer == total.buffer;
        *span = {total.buffer, begin, end - begin};
        return one_buffer && span->bytes <= window;
    };
    for (const Sum& sum : sums_)
        joins(sum.total);
    return std::ranges::all_of(wanted, [&](const Sum& sum) {
        partial_bytes += bytes_of(sum.parts, sum.total, plan);
        return joins(sum.total) && partial_bytes <= most;
    });
}

Region DeferredSums::add(Program& program, int64_t parts, const Region& total, const KernelPlan& plan) {
    if (sums_.empty()) {
        buffer_ = static_cast<int32_t>(program.buffers.size());
        program.buffers.push_back({"partial sums", Role::activation, 0, no_value, {}});
    }
    ProgramBuffer& buffer = program.buffers[static_cast<size_t>(buffer_)];
    const Region partials{buffer_, buffer.bytes, parts * total.bytes};
    buffer.bytes += bytes_of(parts, total, plan);
    sums_.push_back({partials, parts, total});
    return partials;
}

bool DeferredSums::concerns(const Region& region) const {
    return std::ranges::any_of(sums_, [&](const Sum& sum) { return sum.total.overlaps(region); });
}

std::vector<DeferredSums::Sum> DeferredSums::take() {
    return std::exchange(sums_, {});
}

}  // namespace vkm::graph
