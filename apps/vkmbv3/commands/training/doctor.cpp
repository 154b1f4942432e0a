#include "cli/common_options.h"
#include "cli/json_output.h"
#include "cli/progress_bar.h"
#include "cli/usage_error.h"
#include "commands/command.h"
#include "doctor/advice.h"
#include "doctor/diagnosis.h"

#include <engine/error.h>
#include <graph/measure/kernel_check.h>
#include <infer/inference.h>
#include <train/step_graph.h>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <optional>

namespace vkm::apps {
namespace {

std::string describe(const engine::DeviceSnapshot& device) {
    constexpr std::array types{"of another kind", "integrated GPU", "discrete GPU", "virtual GPU",
                               "on the processor"};
    return fmt::format("{} ({}; {} {}; Vulkan {}.{}.{})", device.name,
                       types[static_cast<size_t>(device.type)], device.driver_name, device.driver_info,
                       device.api_version >> 22 & 0x7f, device.api_version >> 12 & 0x3ff,
                       device.api_version & 0xfff);
}

/// Checks the kernels by which V3-Small is trained in fp32, and by which it classifies in half precision.
KernelState check_kernels(graph::PlannedDevice& device, bool quiet) {
    KernelState state;
    ProgressBar bar("kernels checked", std::nullopt, {.quiet = quiet});
    const auto start = std::chrono::steady_clock::now();
    graph::KernelChecker checker(device, [&](const graph::KernelCheck& check) {
        bar.update(++state.checked);
        if (!check.ok)
            state.failed.push_back(fmt::format("{} {}: {}", check.kernel, check.variant, check.message));
    });
    graph::ModelConfig model;
    model.input_size = 32;
    constexpr int64_t batch = 2;
    checker.check(train::training_step(model, {}, {.local_batch = batch, .global_batch = batch}).graph);
    checker.check(infer::inference_graph(model, batch, graph::DType::f16, graph::Granularity::layers));
    state.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
    return state;
}

struct DoctorOptions {
    CommonOptions common;
    bool quick = false;
};

DeviceState look_at(const engine::Instance& instance, uint32_t index, bool checked, bool quiet) {
    const engine::DeviceSnapshot& snapshot = instance.devices()[index];
    DeviceState state{.index = index, .name = snapshot.name, .description = describe(snapshot)};
    if (instance.null_device(index)) {
        state.problem = "it only compiles: RADV_FORCE_FAMILY is set";
        return state;
    }
    try {
        const std::unique_ptr<graph::PlannedDevice> device = graph::open_device(instance, index);
        const graph::KernelPlan& plan = device->plan();
        for (const engine::Quirk& quirk : plan.device.quirks)
            state.notices.push_back(fmt::format("{} ({})", quirk.why, quirk.source));
        for (const auto* fallbacks : {&plan.device.fallbacks, &plan.fallbacks})
            state.notices.insert(state.notices.end(), fallbacks->begin(), fallbacks->end());
        if (checked) state.kernels = check_kernels(*device, quiet);
    } catch (const Error& error) {
        state.problem = error.what();
    }
    return state;
}

/// Returns the devices whose kernels are checked: those that --device names, or the one that is used.
std::vector<uint32_t> to_check(const DoctorOptions& options, const engine::Instance& instance,
                               std::optional<uint32_t> used) {
    if (options.quick) return {};
    if (!options.common.device.empty()) return parse_devices(options.common.device, instance);
    return used ? std::vector{*used} : std::vector<uint32_t>{};
}

void look_at_devices(Diagnosis& found, const engine::Instance& instance, const DoctorOptions& options) {
    try {
        found.used = instance.default_device();
    } catch (const NoDevice& error) {
        found.unused_because = error.what();
    }
    const std::vector<uint32_t> checked = to_check(options, instance, found.used);
    for (uint32_t i = 0; i < instance.devices().size(); ++i)
        found.devices.push_back(
            look_at(instance, i, std::ranges::find(checked, i) != checked.end(), options.common.quiet));
    found.advice = advice(found.machine, {.devices = instance.devices()});
}

Diagnosis diagnose(const DoctorOptions& options) {
    Diagnosis found{.machine = this_machine()};
    std::optional<engine::Instance> instance;
    try {
        instance.emplace();
    } catch (const NoVulkanLoader& error) {
        found.loader_problem = found.unused_because = error.what();
        found.advice = advice(found.machine, {.has_loader = false});
    } catch (const VulkanError&) {  // the loader cannot read a manifest
        if (found.machine.broken_drivers.empty()) throw;
        found.unused_because = "the Vulkan loader fails over a driver's manifest";
        found.advice = advice(found.machine, {});
    }
    if (instance) look_at_devices(found, *instance, options);
    for (const DeviceState& device : found.devices)
        if (device.kernels && !device.kernels->failed.empty())
            found.advice.push_back(fmt::format(
                "device {} computes wrongly: update its driver, or use another with --device; and please "
                "report this text",
                device.index));
    return found;
}

}  // namespace

Run doctor_command(CLI::App& app) {
    const auto options = std::make_shared<DoctorOptions>();
    options->common.add(app);
    app.add_flag("--quick", options->quick, "check no kernels");
    app.get_option("--device")
        ->description("check the kernels of these: indices, or all (default: the one used)");
    return [options] {
        if (options->quick && !options->common.device.empty())
            throw UsageError(
                "--device says whose kernels are checked and --quick checks none: give one of them");
        const Diagnosis found = diagnose(*options);
        if (options->common.json)
            print_json(found.json());
        else
            fmt::print("{}", found.text());
        return found.is_well() ? 0 : 1;
    };
}

}  // namespace vkm::apps
