#include <engine/vulkan/hazards.h>

#include <algorithm>

namespace vkm::engine {
namespace {

bool conflict(const ByteRange& earlier, const ByteRange& later) {
    const bool overlap = earlier.buffer == later.buffer &&
                         std::max(earlier.begin, later.begin) < std::min(earlier.end, later.end);
    return overlap && (earlier.writes || later.writes);
}

}  // namespace

bool HazardTracker::needs_barrier(std::span<const ByteRange> command) {
    const bool barrier = std::ranges::any_of(command, [&](const ByteRange& later) {
        return std::ranges::any_of(pending_,
                                   [&](const ByteRange& earlier) { return conflict(earlier, later); });
    });
    if (barrier) clear();
    // The same range with the same access is already remembered where several commands read one tensor.
    for (const ByteRange& range : command) {
        const bool known = std::ranges::any_of(pending_, [&](const ByteRange& p) {
            return p.buffer == range.buffer && p.begin <= range.begin && range.end <= p.end &&
                   (p.reads || !range.reads) && (p.writes || !range.writes);
        });
        if (!known) pending_.push_back(range);
    }
    return barrier;
}

}  // namespace vkm::engine
