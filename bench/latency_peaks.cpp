#include <bench/latency_peaks.h>
#include <bench/peak_kernels.h>
#include <bench/timed_list.h>
#include <bench_shaders/catalog.h>

namespace vkm::bench {
namespace {

constexpr size_t launches = 500;

}  // namespace

using engine::Block;
using engine::CommandList;
using engine::MemoryKind;
using engine::Slice;
using graph::PlannedDevice;

double launch_us(PlannedDevice& device, const Shader& shader, bool wait_for_each) {
    const Block result = unwritten(device, launches * peak_alignment, "launches");
    const engine::Kernel* launch = peak_kernel<shaders::Launch>(device, LoadPath::buffer, shader);
    TimedList list(device.device(), [&](CommandList& commands) {
        for (size_t i = 0; i < launches; ++i) {
            const Slice y{&result, wait_for_each ? 0 : i * peak_alignment, peak_alignment};
            dispatch_peak<shaders::Launch>(device, commands, launch, {.y = y},
                                           {.value = static_cast<float>(i)}, 1);
        }
    });
    const double us = median_device_us(list.run(peak_samples)) / launches;
    for (size_t i = wait_for_each ? launches - 1 : 0; i < launches; ++i)
        require_quads("launch latency",
                      quads_of(device, result, wait_for_each ? 0 : i * peak_alignment / 16, 1), 0,
                      [i](uint64_t, uint64_t) { return static_cast<double>(i); });
    return us;
}

double submit_us(PlannedDevice& device, const Shader& shader) {
    const Block result = unwritten(device, peak_alignment, "launches");
    const engine::Kernel* launch = peak_kernel<shaders::Launch>(device, LoadPath::buffer, shader);
    TimedList list(device.device(), [&](CommandList& commands) {
        dispatch_peak<shaders::Launch>(device, commands, launch, {.y = {&result, 0, peak_alignment}},
                                       {.value = 1.0f}, 1);
    });
    const double us = median_host_us(list.run(15 * peak_samples));
    require_quads("submit latency", quads_of(device, result, 0, 1), 0,
                  [](uint64_t, uint64_t) { return 1.0; });
    return us;
}

}  // namespace vkm::bench
