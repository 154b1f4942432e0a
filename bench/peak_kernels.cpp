#include <bench/peak_kernels.h>

#include <cmath>

namespace vkm::bench {

using engine::Block;
using engine::DeviceClass;
using graph::PlannedDevice;

bool is_software(const PlannedDevice& device) {
    return device.plan().device.device_class == DeviceClass::software;
}

uint32_t filling_invocations(const PlannedDevice& device) {
    switch (device.plan().device.device_class) {
        case DeviceClass::software:
            return 1u << 12;
        case DeviceClass::wide_gpu:
            return 1u << 20;
        case DeviceClass::integrated:
        case DeviceClass::mobile:
            break;
    }
    return 1u << 18;
}

Block unwritten(PlannedDevice& device, uint64_t bytes, std::string_view label) {
    constexpr uint32_t no_number = ~0u;
    Block block = device.device().allocate(bytes, engine::MemoryKind::device, label);
    engine::CommandList list = device.device().record();
    list.fill({&block, 0, bytes}, no_number);
    list.finish();
    device.device().wait(device.device().submit(list));
    return block;
}

std::vector<float> quads_of(PlannedDevice& device, const Block& block, uint64_t first, uint64_t count) {
    std::vector<float> values(count * 4);
    device.device().read({&block, first * 16, count * 16}, std::as_writable_bytes(std::span(values)));
    return values;
}

void write_quads(PlannedDevice& device, const Block& block, uint64_t first, uint64_t count,
                 const QuadValue& value) {
    std::vector<float> values(count * 4);
    for (uint64_t i = 0; i < values.size(); ++i)
        values[i] = static_cast<float>(value(first + i / 4, i % 4));
    device.device().write({&block, first * 16, count * 16}, std::as_bytes(std::span(values)));
}

void require_quads(const std::string& what, const std::vector<float>& found, uint64_t first,
                   const QuadValue& expected) {
    for (uint64_t i = 0; i < found.size(); ++i) {
        const double right = expected(first + i / 4, i % 4);
        const bool same =
            std::abs(found[i] - right) <= 1e-6 * std::abs(right);  // of what is no number: false
        if (!same)
            throw Error("the kernel of the {} computed {} instead of {}: the rate is not counted", what,
                        found[i], right);
    }
}

}  // namespace vkm::bench
