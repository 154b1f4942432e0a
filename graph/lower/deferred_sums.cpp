#include <base/align.h>
#include <graph/kernel_plan.h>
#include <graph/lower/deferred_sums.h>

#include <algorithm>
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

bool DeferredSums::fits(int64_t parts, const Region& total, const KernelPlan& plan) const {
    if (sums_.empty()) return true;
    const Sum& last = sums_.back();
    const auto window = static_cast<int64_t>(plan.device.window_bytes),
               most = std::min(most_deferred_bytes, window);
    int64_t begin = total.offset, end = total.offset + total.bytes;
    for (const Sum& sum : sums_) {
        begin = std::min(begin, sum.total.offset);
        end = std::max(end, sum.total.offset + sum.total.bytes);
    }
    return last.total.buffer == total.buffer && end - begin <= window &&
           last.partials.offset + bytes_of(last.parts, last.total, plan) + bytes_of(parts, total, plan) <=
               most;
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
