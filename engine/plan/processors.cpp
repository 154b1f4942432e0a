#include <engine/plan/planning.h>
#include <engine/plan/vulkan_ids.h>

#include <algorithm>
#include <string_view>

namespace vkm::engine {
namespace {

constexpr uint32_t mobile_vendors[] = {vendor::qualcomm, vendor::arm,    vendor::imagination, vendor::samsung,
                                       vendor::broadcom, vendor::huawei, vendor::verisilicon};

/// A device with as many lanes gains from what wide ones do: large workgroups, many parts of a sum. An
/// integrated one may have them (Strix Halo, GB10, Apple's Max), and a discrete one may not.
constexpr uint32_t wide_lanes = 1024;

struct NamedProcessors {
    std::string_view name_contains;
    uint32_t count;
};

// Processors of devices whose drivers do not tell, from their vendors' specifications: Apple's GPU cores, of the
// largest part of a name, and Intel's Xe cores. The first row that matches counts.
constexpr NamedProcessors named_processors[] = {
    {"Apple M1 Ultra", 64}, {"Apple M2 Ultra", 76}, {"Apple M3 Ultra", 80}, {"Apple M1 Max", 32},
    {"Apple M2 Max", 38},   {"Apple M3 Max", 40},   {"Apple M4 Max", 40},   {"Apple M1 Pro", 16},
    {"Apple M2 Pro", 19},   {"Apple M3 Pro", 18},   {"Apple M4 Pro", 20},   {"Apple M1", 8},
    {"Apple M", 10},        {"Apple A", 5},         {"Arc(TM) A770", 32},   {"Arc(tm) A770", 32},
    {"Arc(TM) A750", 28},   {"Arc(TM) A580", 24},   {"Arc(TM) A380", 8},    {"Arc(TM) B580", 20},
    {"Arc(tm) B580", 20},   {"Arc(TM) B570", 18},   {"Arc(TM) 140V", 8},    {"Arc(TM) 130V", 7},
    {"Iris(R) Xe", 6},
};

constexpr uint32_t turing_warps = 32;  // a multiprocessor, of half the lanes of its successors

uint32_t lanes_of_processor(const DeviceSnapshot& device) {
    if (device.processors.multiply_adds != 0) return device.processors.multiply_adds;
    switch (device.vendor_id) {
        case vendor::amd:
        case vendor::samsung:
            return 64;
        case vendor::nvidia:
            return device.processors.subgroups == turing_warps ? 64 : 128;
        default:
            return 128;  // Apple, Intel since Xe, Qualcomm
    }
}

uint32_t known_processors(const DeviceSnapshot& device) {
    if (device.processors.count != 0) return device.processors.count;
    const auto row = std::ranges::find_if(named_processors, [&](const NamedProcessors& named) {
        return device.name.find(named.name_contains) != std::string::npos;
    });
    return row != std::end(named_processors) ? row->count : 0;
}

// Of devices that nothing is known of. A virtual GPU may be anything, and so may one of no known type: the bounds
// of integrated ones are safe for both.
constexpr std::pair<DeviceType, DeviceClass> class_of_type[] = {
    {DeviceType::discrete, DeviceClass::wide_gpu},
    {DeviceType::integrated, DeviceClass::integrated},
    {DeviceType::virtual_gpu, DeviceClass::integrated},
    {DeviceType::other, DeviceClass::integrated}};

constexpr std::pair<DeviceClass, uint32_t> typical_processors[] = {{DeviceClass::wide_gpu, 40},
                                                                   {DeviceClass::integrated, 8},
                                                                   {DeviceClass::mobile, 6},
                                                                   {DeviceClass::software, 0}};

DeviceClass classify(const DeviceSnapshot& device, uint32_t lanes) {
    if (device.type == DeviceType::cpu) return DeviceClass::software;
    if (std::ranges::find(mobile_vendors, device.vendor_id) != std::end(mobile_vendors))
        return DeviceClass::mobile;
    if (lanes != 0) return lanes >= wide_lanes ? DeviceClass::wide_gpu : DeviceClass::integrated;
    return std::ranges::find(class_of_type, device.type, &std::pair<DeviceType, DeviceClass>::first)->second;
}

}  // namespace

void decide_class(Planning& planning) {
    DevicePlan& plan = planning.plan;
    const uint32_t known = known_processors(planning.device);
    const uint32_t lanes = lanes_of_processor(planning.device);
    plan.device_class = classify(planning.device, known * lanes);
    plan.processors_known = known != 0;
    plan.processor_lanes = lanes;
    const auto typical =
        std::ranges::find(typical_processors, plan.device_class, &std::pair<DeviceClass, uint32_t>::first);
    plan.processors = known != 0 ? known : typical->second;
}

}  // namespace vkm::engine
