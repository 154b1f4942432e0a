#pragma once

#include <engine/vulkan/timed_list.h>

namespace vkm::bench {

using engine::median_device_us, engine::median_host_us, engine::repeats_for;
using engine::Sample, engine::TimedList;

/// The number of submissions whose median is a peak.
constexpr size_t peak_samples = 7;

/// Returns the median time of one of `record`'s runs, in microseconds. A list holds so many of them that the
/// clock's grain and the submission do not count, but at most `most`.
double time_of_one(engine::Device&, size_t most,
                   const std::function<void(engine::CommandList&, size_t i)>& record);

}  // namespace vkm::bench
