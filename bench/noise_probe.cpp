#include <base/quantile.h>
#include <bench/noise_probe.h>
#include <bench/peak_kernels.h>
#include <bench/timed_list.h>
#include <bench_shaders/catalog.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <utility>

namespace vkm::bench {

using engine::CommandList;
using engine::MemoryKind;
using graph::PlannedDevice;
using shaders::MultiplyAdd;

NoiseProbe::NoiseProbe(PlannedDevice& device)
    : device_(device),
      result_(device.device().allocate(uint64_t{filling_invocations(device)} * 16, MemoryKind::device,
                                       "noise probe")) {
    const uint32_t invocations = filling_invocations(device);
    const engine::Kernel* kernel = peak_kernel<MultiplyAdd>(device, LoadPath::buffer, shaders::multiply_add);
    const auto list_of = [&](uint32_t turns) {
        return std::make_shared<TimedList>(device_.device(), [&](CommandList& list) {
            dispatch_peak<MultiplyAdd>(device_, list, kernel, {.y = {&result_, 0, result_.size()}},
                                       {.invocations = invocations, .turns = turns, .factor = 1, .term = 1},
                                       invocations, 64.0 * invocations * turns);
        });
    };
    const auto short_list = list_of(64);
    short_list->run();
    const double us = std::max(1.0, short_list->run().device_us);
    constexpr uint32_t at_once = 8;  // as in bench/shaders/multiply_add.comp
    const auto turns = static_cast<uint32_t>(std::clamp(64 * 5000 / us, 64.0, 1e6));
    const auto list = list_of(turns / at_once * at_once);
    list->run();
    run_ = [list] { return list->run().device_us; };
}

double NoiseProbe::measure() {
    std::vector<double> times;
    for (int i = 0; i < 3; ++i)
        times.push_back(run_());
    times_.push_back(median(std::move(times)));
    return times_.back();
}

double NoiseProbe::noise() const {
    if (!enough()) return 0;
    const auto middle = times_.begin() + static_cast<std::ptrdiff_t>(times_.size() / 2);
    const double early = median({times_.begin(), middle}), late = median({middle, times_.end()});
    return std::max(std::abs(early - late), interquartile_range(times_)) / median(times_);
}

}  // namespace vkm::bench
