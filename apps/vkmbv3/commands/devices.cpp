#include "cli/common_options.h"
#include "cli/json_output.h"
#include "cli/usage_error.h"
#include "commands/command.h"

#include <engine/vulkan/device.h>
#include <graph/kernel_plan.h>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <array>
#include <numeric>

namespace vkm::apps {
namespace {

using engine::DeviceSnapshot;

constexpr std::array type_names{"other", "integrated", "discrete", "virtual", "cpu"};

const char* type_name(const DeviceSnapshot& device) {
    return type_names[static_cast<size_t>(device.type)];
}

std::string api_version_text(uint32_t packed) {
    return fmt::format("{}.{}.{}", packed >> 22 & 0x7f, packed >> 12 & 0x3ff, packed & 0xfff);
}

uint64_t memory_bytes(const DeviceSnapshot& device) {
    return std::accumulate(device.memory_heaps.begin(), device.memory_heaps.end(), uint64_t{0},
                           [](uint64_t a, uint64_t b) { return std::max(a, b); });
}

nlohmann::json summary(uint32_t index, const DeviceSnapshot& device) {
    return {{"index", index},
            {"name", device.name},
            {"vendor", device.vendor_id},
            {"type", type_name(device)},
            {"driver", fmt::format("{} {}", device.driver_name, device.driver_info)},
            {"api_version", api_version_text(device.api_version)},
            {"subgroup_size", device.subgroup.size},
            {"fp16", device.features.shader_float16},
            {"cooperative_matrix", !device.cooperative_matrices.empty()},
            {"memory_bytes", memory_bytes(device)}};
}

// "beside the steps, on queue 0 of family 1 (family 1 only transfers)"
std::string uploads(const engine::DevicePlan& plan) {
    const auto way = [&]() -> std::string {
        switch (plan.uploads()) {
            case engine::UploadPath::in_place:
                return "in place";
            case engine::UploadPath::in_step:
                return "copies in the step";
            case engine::UploadPath::beside_steps:
                return fmt::format("copies beside the steps, on queue {} of family {}",
                                   plan.upload_queue->index, plan.upload_queue->family);
        }
        return "";
    };
    return fmt::format("{} ({})", way(), plan.upload_reason);
}

void print(uint32_t index, const DeviceSnapshot& device) {
    fmt::print("{}: {} ({})\n", index, device.name, type_name(device));
    fmt::print("   driver          {} {}, Vulkan {}\n", device.driver_name, device.driver_info,
               api_version_text(device.api_version));
    fmt::print("   memory          {:.1f} GiB\n", static_cast<double>(memory_bytes(device)) / (1 << 30));
    fmt::print("   subgroup        {} lanes ({} to {})\n", device.subgroup.size, device.subgroup.min_size,
               device.subgroup.max_size);
    fmt::print("   workgroup       {} invocations, {} KiB shared memory\n",
               device.limits.max_workgroup_invocations, device.limits.max_shared_memory_bytes >> 10);
    fmt::print("   fp16 arithmetic {}, cooperative matrix {}\n",
               device.features.shader_float16 ? "yes" : "no",
               device.cooperative_matrices.empty() ? "no" : "yes");
    try {
        const graph::KernelPlan plan =
            graph::plan_kernels(device, engine::plan_device(device, engine::known_quirks()));
        fmt::print("   loads           {}\n",
                   plan.device.load_path == LoadPath::texel ? "texel buffers" : "storage buffers");
        fmt::print("   uploads         {}\n", uploads(plan.device));
        for (const engine::Quirk& quirk : plan.device.quirks)
            fmt::print("   quirk           {} ({})\n", quirk.why, quirk.source);
        for (const auto* fallbacks : {&plan.device.fallbacks, &plan.fallbacks})
            for (const std::string& fallback : *fallbacks)
                fmt::print("   fallback        {}\n", fallback);
    } catch (const UnsupportedDevice& error) {
        fmt::print("   not usable      {}\n", error.what());
    }
}

// Returns the devices to list. Where there are none, "all" is an empty list, and what is
// missing is said after it.
std::vector<uint32_t> listed(const std::string& list, const engine::Instance& instance) {
    if (!list.empty() && list != "all") return parse_devices(list, instance);
    std::vector<uint32_t> all(instance.devices().size());
    std::iota(all.begin(), all.end(), 0);
    return all;
}

}  // namespace

Run devices_command(CLI::App& app) {
    struct Options {
        CommonOptions common;
        bool full = false;
    };
    const auto options = std::make_shared<Options>();
    options->common.add(app);
    app.get_option("--device")->description("list these alone: indices, or all (the default)");
    app.add_flag("--full", options->full,
                 "with --json: everything known of each device, to replay it in a test");
    return [options] {
        if (options->full && !options->common.json)
            throw UsageError("--full says what --json prints of a device: give --json, too");
        const engine::Instance instance;
        nlohmann::json json = nlohmann::json::array();
        for (const uint32_t i : listed(options->common.device, instance)) {
            const DeviceSnapshot& device = instance.devices()[i];
            if (options->common.json)
                json.push_back(options->full ? nlohmann::json(device) : summary(i, device));
            else
                print(i, device);
        }
        if (options->common.json) print_json(json, 2);
        if (instance.devices().empty()) instance.default_device();  // throws NoDevice, saying what to do
        return 0;
    };
}

}  // namespace vkm::apps
