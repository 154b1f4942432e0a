#include <bench/timed_list.h>

#include <algorithm>
#include <chrono>
#include <cmath>

namespace vkm::bench {

TimedList::TimedList(engine::Device& device, const std::function<void(engine::CommandList&)>& record)
    : device_(device), list_(device.record(engine::Timing::whole)) {
    record(list_);
    list_.finish();
}

Sample TimedList::run() {
    const auto start = std::chrono::steady_clock::now();
    device_.wait(device_.submit(list_));
    const std::chrono::duration<double, std::micro> host = std::chrono::steady_clock::now() - start;
    const std::vector<engine::DispatchTime> times = device_.times(list_);
    return {times.empty() ? host.count() : times.front().microseconds, host.count()};
}

std::vector<Sample> TimedList::run(size_t submissions) {
    run();
    std::vector<Sample> samples;
    for (size_t i = 0; i < submissions; ++i)
        samples.push_back(run());
    return samples;
}

double time_of_one(engine::Device& device, size_t most,
                   const std::function<void(engine::CommandList&, size_t i)>& record) {
    constexpr double least_us = 10'000;
    const auto list_of = [&](size_t count) {
        return TimedList(device, [&](engine::CommandList& list) {
            for (size_t i = 0; i < count; ++i)
                record(list, i);
        });
    };
    TimedList once = list_of(1);
    once.run();
    const size_t count = repeats_for(once.run().device_us, least_us, most);
    return median_device_us(list_of(count).run(peak_samples)) / static_cast<double>(count);
}

size_t repeats_for(double once_us, double least_us, size_t most) {
    if (once_us <= 0) return most;
    return static_cast<size_t>(std::clamp(std::ceil(least_us / once_us), 1.0, static_cast<double>(most)));
}

double median(std::vector<double> values) {
    if (values.empty()) return 0;
    std::sort(values.begin(), values.end());
    const size_t middle = values.size() / 2;
    return values.size() % 2 == 1 ? values[middle] : (values[middle - 1] + values[middle]) / 2;
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

}  // namespace vkm::bench
