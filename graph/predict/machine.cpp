#include <engine/plan/vulkan_ids.h>
#include <graph/predict/machine.h>

#include <algorithm>
#include <string_view>

namespace vkm::graph {
namespace {

using engine::DeviceClass;
namespace vendor = engine::vendor;

struct Figures {
    uint32_t vendor_id;
    std::string_view name_contains;
    double memory_gbps, clock_mhz;
    double cache_mib;
    double matrix = 0;      ///< multiply-adds a processor and cycle
    double lanes = 0;       ///< 0: what the plan says
    double processors = 0;  ///< 0: what the plan says
    double shared_kib = 0;  ///< of a processor, which its workgroups share; 0: usual, or what the plan says
};

// Memory, boost clock, last cache, matrix units and shared memory: vendors' data sheets and architecture papers (NVIDIA's
// of Volta to Blackwell, and the table of technical specifications in its CUDA programming guide; AMD's product pages and GPUOpen's of RDNA 3; Intel's of Xe2; Apple's announcements). An APU's
// memory is that of the fastest modules it takes. The first row that matches counts.
constexpr Figures figures[] = {
    {vendor::nvidia, "H200", 4800, 1700, 50, 2048, 0, 0, 228},
    {vendor::nvidia, "H100", 3350, 1700, 50, 2048, 0, 0, 228},
    {vendor::nvidia, "A100", 1555, 1410, 40, 1024, 64, 0, 164},
    {vendor::nvidia, "V100", 900, 1530, 6, 512, 64, 0, 96},
    {vendor::nvidia, "L4", 300, 2040, 48, 512, 0, 0, 100},
    {vendor::nvidia, "RTX 5090", 1792, 2407, 96, 256, 0, 0, 100},
    {vendor::nvidia, "RTX 4090", 1008, 2520, 72, 256, 0, 0, 100},
    {vendor::nvidia, "RTX 4060", 272, 2460, 24, 256, 0, 24, 100},
    {vendor::nvidia, "RTX 3090", 936, 1695, 6, 256, 0, 0, 100},
    {vendor::nvidia, "RTX 2050", 112, 1477, 2, 256, 0, 0, 100},
    {vendor::nvidia, "Tesla T4", 320, 1590, 4, 256},
    {vendor::nvidia, "CMP 40HX", 448, 1650, 4, 256},
    {vendor::nvidia, "GTX 1080 Ti", 484, 1582, 2.75, 0, 0, 0, 96},
    {vendor::nvidia, "Orin", 102, 918, 4, 512, 0, 0, 164},
    {vendor::amd, "RX 7900 XTX", 960, 2500, 96, 256},
    {vendor::amd, "RX 9070 XT", 640, 2970, 64, 512},
    {vendor::amd, "RX 6900 XT", 512, 2250, 128},
    {vendor::amd, "Pro W5700", 448, 1930, 4},
    {vendor::amd, "Pro 5500M", 192, 1300, 2, 0, 0, 24},
    {vendor::amd, "780M", 120, 2700, 2, 256},
    {vendor::intel, "B580", 456, 2670, 18, 1024},
    {vendor::intel, "A770", 560, 2100, 16, 1024},
    {vendor::intel, "140V", 137, 2050, 8, 1024},
    {vendor::apple, "M4 Max", 546, 1580, 48},
    {vendor::apple, "M3 Max", 400, 1380, 48},
    {vendor::apple, "Apple M1", 68, 1278, 8},
    {vendor::qualcomm, "740", 67, 680, 3},
    {vendor::qualcomm, "X1-85", 135, 1250, 6},
    {vendor::qualcomm, "650", 44, 587, 3},
};

constexpr std::pair<DeviceClass, Figures> typical[] = {
    {DeviceClass::wide_gpu, {0, "", 450, 1800, 8}},
    {DeviceClass::integrated, {0, "", 75, 1800, 2}},
    {DeviceClass::mobile, {0, "", 50, 800, 2}},
    // Two cores whose vector units take a subgroup's lanes.
    {DeviceClass::software, {0, "", 14, 2500, 1, 0, 0, 2}}};

}  // namespace

Machine machine_of(const engine::DeviceSnapshot& device, const engine::DevicePlan& plan) {
    const auto row = std::ranges::find_if(figures, [&](const Figures& f) {
        return f.vendor_id == device.vendor_id && device.name.find(f.name_contains) != std::string::npos;
    });
    const bool known = row != std::end(figures);
    const Figures& f =
        known
            ? *row
            : std::ranges::find(typical, plan.device_class, &std::pair<DeviceClass, Figures>::first)->second;
    const bool software = plan.device_class == DeviceClass::software;
    const double lanes = f.lanes != 0 ? f.lanes : plan.processor_lanes;
    Machine machine{.known = known};
    machine.processors = f.processors != 0 ? f.processors : std::max(1u, plan.processors);
    machine.issue = software ? 1 : std::max(1.0, lanes / std::max(1u, plan.subgroup_size));
    machine.clock_mhz = f.clock_mhz;
    machine.memory_gbps = f.memory_gbps;
    machine.matrix_multiply_adds = f.matrix;
    machine.cache_bytes = f.cache_mib * (1 << 20);
    constexpr double usual_shared_kib = 64;
    machine.shared_bytes = std::max<double>(plan.shared_memory_bytes,
                                            1024 * (f.shared_kib != 0 ? f.shared_kib : usual_shared_kib));
    const engine::DeviceSnapshot::Processors& told = device.processors;
    if (told.subgroups != 0) machine.resident_subgroups = told.subgroups;
    if (told.registers != 0 && told.simds != 0) machine.registers = told.registers * told.simds;
    if (software) {
        machine.resident_subgroups = 1;
        machine.memory_latency_us = machine.cache_latency_us = 0;  // caches and prefetching hide it
        machine.barrier_us = machine.launch_us = 4;
    }
    return machine;
}

}  // namespace vkm::graph
