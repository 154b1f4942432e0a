#include <engine/vulkan/profiler.h>

#include <algorithm>

namespace vkm::engine {

constexpr uint32_t pairs_per_pool = 512;

void part_overlaps(std::span<DispatchTime> times) {
    double counted = 0;
    for (DispatchTime& time : times) {
        const double end = time.start + time.microseconds;
        time.clock += std::max(counted - time.start, 0.0);
        time.start = std::max(time.start, counted);
        time.microseconds = std::max(end - time.start, 0.0);
        counted = std::max(counted, end);
    }
}

Profiler::Profiler(std::shared_ptr<const Context> context) : context_(std::move(context)) {}

void Profiler::begin(VkCommandBuffer commands, std::string_view label, std::string_view kernel) {
    const auto& vk = context_->vk;
    const auto index = static_cast<uint32_t>(dispatches_.size() % pairs_per_pool);
    if (index == 0) {
        auto info = structure<VkQueryPoolCreateInfo>(VK_STRUCTURE_TYPE_QUERY_POOL_CREATE_INFO);
        info.queryType = VK_QUERY_TYPE_TIMESTAMP;
        info.queryCount = 2 * pairs_per_pool;
        pools_.push_back(context_->create(&VolkDeviceTable::vkCreateQueryPool,
                                          &VolkDeviceTable::vkDestroyQueryPool, info,
                                          "creating a timestamp pool"));
        vk.vkCmdResetQueryPool(commands, pools_.back().get(), 0, 2 * pairs_per_pool);
    }
    dispatches_.push_back({std::string(label), std::string(kernel), 0, 0, 0});
    vk.vkCmdWriteTimestamp(commands, VK_PIPELINE_STAGE_TOP_OF_PIPE_BIT, pools_.back().get(), 2 * index);
}

void Profiler::end(VkCommandBuffer commands) {
    const auto index = static_cast<uint32_t>((dispatches_.size() - 1) % pairs_per_pool);
    context_->vk.vkCmdWriteTimestamp(commands, VK_PIPELINE_STAGE_BOTTOM_OF_PIPE_BIT, pools_.back().get(),
                                     2 * index + 1);
}

std::vector<DispatchTime> Profiler::times() const {
    const uint32_t bits = context_->snapshot.queue_families.at(context_->plan.queue_family).timestamp_bits;
    const uint64_t mask = bits >= 64 ? ~uint64_t{0} : (uint64_t{1} << bits) - 1;
    const auto microseconds = [&](uint64_t from, uint64_t to) {
        return static_cast<double>((to - from) & mask) * context_->snapshot.limits.timestamp_period_ns * 1e-3;
    };
    std::vector<DispatchTime> times = dispatches_;
    uint64_t origin = 0;
    for (size_t first = 0; first < times.size(); first += pairs_per_pool) {
        const size_t count = std::min<size_t>(pairs_per_pool, times.size() - first);
        std::vector<uint64_t> stamps(2 * count);
        context_->check(
            context_->vk.vkGetQueryPoolResults(context_->device, pools_[first / pairs_per_pool].get(), 0,
                                               static_cast<uint32_t>(2 * count), stamps.size() * 8,
                                               stamps.data(), 8, VK_QUERY_RESULT_64_BIT),
            "reading timestamps");
        for (size_t i = 0; i < count; ++i) {
            if (first + i == 0) origin = stamps[0];
            times[first + i].start = microseconds(origin, stamps[2 * i]);
            times[first + i].microseconds = microseconds(stamps[2 * i], stamps[2 * i + 1]);
            times[first + i].clock = microseconds(0, stamps[2 * i]);
        }
    }
    part_overlaps(times);
    return times;
}

}  // namespace vkm::engine
