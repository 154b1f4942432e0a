#include <base/align.h>
#include <graph/kernels/split_rows.h>
#include <graph/kernels/sum_parts.h>

#include <algorithm>

namespace vkm::graph {
namespace {

constexpr int64_t fewest_rows = 64;  // fewer cost more to sum up than they save

int64_t rows_of_part(int64_t rows, int64_t parts) {
    return std::max(fewest_rows, round_up4(vkm::divide_up(rows, parts)));
}

}  // namespace

SplitRows split_rows(const std::vector<Window>& windows, int64_t wanted, int64_t partial_bytes,
                     const KernelPlan& plan) {
    const int64_t most = most_parts(plan, partial_bytes), count = static_cast<int64_t>(windows.size());
    if (count > most)
        throw ShapeError("{} partial sums of {} bytes do not fit a binding of {} bytes: use a smaller batch",
                         count, partial_bytes, plan.device.window_bytes);
    const int64_t per_window = std::clamp<int64_t>(wanted / count, 1, most / count);
    SplitRows split{.rows_per_part = rows_of_part(windows.front().count, per_window), .dispatches = {}};
    for (const Window& window : windows) {
        const int64_t parts = divide_up(window.count, split.rows_per_part);
        split.dispatches.push_back({window, split.parts, parts});
        split.parts += parts;
    }
    return split;
}

}  // namespace vkm::graph
