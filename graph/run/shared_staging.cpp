#include <base/align.h>
#include <graph/run/shared_staging.h>

#include <algorithm>

namespace vkm::graph {
namespace {

// Keeps regions apart by whole lines, of the host's cache and of devices' that write no less.
constexpr int64_t line_bytes = 256;

}  // namespace

std::shared_ptr<const SharedStaging> SharedStaging::make(std::span<const uint64_t> alignments,
                                                         std::span<const Schedule* const> schedules,
                                                         size_t slots) {
    if (std::ranges::count_if(alignments, [](uint64_t alignment) { return alignment > 0; }) < 2)
        return nullptr;
    auto staging = std::make_shared<SharedStaging>();
    for (const Schedule* const schedule : schedules) {
        for (const HostReduction& reduction : schedule->reductions) {
            if (reduction.number >= staging->regions_.size()) staging->regions_.resize(reduction.number + 1);
            staging->regions_[reduction.number] = {.bytes = align_up(reduction.region.bytes, line_bytes),
                                                   .of_slot = reduction.reduction == Reduction::copy};
        }
    }
    int64_t bytes = 0;
    for (Region& region : staging->regions_) {
        region.offset = bytes;
        bytes += region.bytes * static_cast<int64_t>(region.of_slot ? slots : 1);
    }
    if (bytes == 0) return nullptr;
    staging->memory_ = std::make_shared<const engine::HostMemory>(static_cast<uint64_t>(bytes),
                                                                  *std::ranges::max_element(alignments));
    return staging;
}

int64_t SharedStaging::offset(size_t number, size_t slot) const {
    const Region& region = regions_.at(number);
    return region.offset + (region.of_slot ? static_cast<int64_t>(slot) * region.bytes : 0);
}

}  // namespace vkm::graph
