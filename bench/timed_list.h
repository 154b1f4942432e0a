#pragma once

#include <engine/vulkan/timed_list.h>

namespace vkm::bench {

using engine::median_device_us, engine::median_host_us, engine::repeats_for;
using engine::Sample, engine::TimedList;

/// Submissions behind the median of a peak.
constexpr size_t peak_samples = 7;

/// Median time of one of `record`'s, of which a list holds as many as last long enough for the clock's grain
/// and the submission not to count, but at most so many. Microseconds.
double time_of_one(engine::Device&, size_t most,
                   const std::function<void(engine::CommandList&, size_t i)>& record);

}  // namespace vkm::bench
