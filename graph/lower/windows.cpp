#include <base/align.h>
#include <graph/lower/windows.h>

#include <algorithm>
#include <numeric>

namespace vkm::graph {

std::vector<Window> cut_windows(int64_t count, std::span<const int64_t> unit_bytes, int64_t window_bytes,
                                int64_t alignment) {
    int64_t most = count;  // units a window may hold
    int64_t granule = 1;   // units between two aligned starts
    for (const int64_t bytes : unit_bytes) {
        most = std::min(most, window_bytes / bytes);
        granule = std::lcm(granule, alignment / std::gcd(alignment, bytes));
    }
    if (most >= count) return {{0, count}};
    most = most / granule * granule;
    if (most == 0)
        throw ShapeError(
            "{} units of {} bytes cannot be cut into windows of {} bytes aligned to {}: "
            "use a smaller input size, or a device with a larger maxStorageBufferRange",
            count, *std::max_element(unit_bytes.begin(), unit_bytes.end()), window_bytes, alignment);
    const int64_t windows = divide_up(count, most);
    const int64_t even = align_up(divide_up(count, windows), granule);
    std::vector<Window> result;
    for (int64_t first = 0; first < count; first += even)
        result.push_back({first, std::min(even, count - first)});
    return result;
}

}  // namespace vkm::graph
