#include <base/quantile.h>
#include <engine/vulkan/timed_list.h>

#include <algorithm>
#include <chrono>
#include <cmath>

namespace vkm::engine {

TimedList::TimedList(Device& device, const std::function<void(CommandList&)>& record)
    : device_(device), list_(device.record(Timing::whole)) {
    record(list_);
    list_.finish();
}

Sample TimedList::run() {
    const auto start = std::chrono::steady_clock::now();
    device_.wait(device_.submit(list_));
    const std::chrono::duration<double, std::micro> host = std::chrono::steady_clock::now() - start;
    const std::vector<DispatchTime> times = device_.times(list_);
    return {times.empty() ? host.count() : times.front().microseconds, host.count()};
}

std::vector<Sample> TimedList::run(size_t submissions) {
    run();
    std::vector<Sample> samples;
    for (size_t i = 0; i < submissions; ++i)
        samples.push_back(run());
    return samples;
}

size_t repeats_for(double once_us, double least_us, size_t most) {
    if (once_us <= 0) return most;
    return static_cast<size_t>(std::clamp(std::ceil(least_us / once_us), 1.0, static_cast<double>(most)));
}

double median_device_us(const std::vector<Sample>& samples) {
    std::vector<double> values;
    for (const Sample& sample : samples)
        values.push_back(sample.device_us);
    return median(std::move(values));
}

double median_host_us(const std::vector<Sample>& samples) {
    std::vector<double> values;
    for (const Sample& sample : samples)
        values.push_back(sample.host_us);
    return median(std::move(values));
}

}  // namespace vkm::engine
