#include <base/quantile.h>
#include <bench/host_copies.h>
#include <bench/peak_kernels.h>
#include <bench/timed_list.h>

#include <algorithm>
#include <chrono>
#include <cstring>

namespace vkm::bench {
namespace {

using engine::Block;
using engine::CommandList;
using engine::MemoryKind;
using graph::PlannedDevice;

// Beyond the processor's caches. What is mapped for both may be scarce: 256 MiB in all on some devices.
constexpr uint64_t most_copied_bytes = 256u << 20, most_mapped_bytes = 64u << 20;

uint64_t bytes_of(const PlannedDevice& device, uint64_t most) {
    return std::min(is_software(device) ? most / 4 : most, device.plan().device.block_bytes) /
           peak_alignment * peak_alignment;
}

double seconds_of(const auto& work) {
    const auto start = std::chrono::steady_clock::now();
    work();
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

// Returns the median time, but for the first time: it faults memory in.
double usual_seconds(const auto& work) {
    constexpr int times = 5;
    std::vector<double> seconds;
    work();
    for (int i = 0; i < times; ++i)
        seconds.push_back(seconds_of(work));
    return median(std::move(seconds));
}

std::vector<uint32_t> words(uint64_t bytes) {
    std::vector<uint32_t> values(bytes / 4);
    for (size_t i = 0; i < values.size(); ++i)
        values[i] = static_cast<uint32_t>(i) * 2654435761u;
    return values;
}

void require_same(const std::vector<uint32_t>& sent, const std::vector<uint32_t>& back) {
    if (back != sent) throw Error("what was copied to the device and back is not what it was");
}

}  // namespace

WholeCopies whole_copies(PlannedDevice& device) {
    const uint64_t bytes = bytes_of(device, most_copied_bytes);
    const Block block = unwritten(device, bytes, "copies");
    const std::vector<uint32_t> values = words(bytes);
    std::vector<uint32_t> back(values.size());
    const double up = usual_seconds([&] {
        device.device().write({&block, 0, bytes}, std::as_bytes(std::span(values)));
    });
    const double down = usual_seconds([&] {
        device.device().read({&block, 0, bytes}, std::as_writable_bytes(std::span(back)));
    });
    require_same(values, back);
    const double gigabytes = static_cast<double>(bytes) * 1e-9;
    return {gigabytes / up, gigabytes / down};
}

CopyHalves copy_halves(PlannedDevice& device) {
    const uint64_t bytes = bytes_of(device, most_mapped_bytes);
    const Block to = device.device().allocate(bytes, MemoryKind::upload, "copies"),
                own = unwritten(device, bytes, "copies"),
                from = device.device().allocate(bytes, MemoryKind::readback, "copies");
    const std::vector<uint32_t> values = words(bytes);
    std::vector<uint32_t> back(values.size());
    const auto copy_us = [&](const Block& source, const Block& target) {
        return time_of_one(device.device(), 16, [&](CommandList& list, size_t) {
            list.copy({&source, 0, bytes}, {&target, 0, bytes});
        });
    };
    const double gigabytes = static_cast<double>(bytes) * 1e-9;
    CopyHalves rates;
    rates.upload_mapped = gigabytes / usual_seconds([&] { std::memcpy(to.mapped(), values.data(), bytes); });
    rates.upload_copy = gigabytes / copy_us(to, own) * 1e6;
    rates.download_copy = gigabytes / copy_us(own, from) * 1e6;
    rates.download_mapped =
        gigabytes / usual_seconds([&] { std::memcpy(back.data(), from.mapped(), bytes); });
    require_same(values, back);
    return rates;
}

}  // namespace vkm::bench
