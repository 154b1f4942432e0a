#include <bench/timed_list.h>

namespace vkm::bench {

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

}  // namespace vkm::bench
