#include "commands/training/report_explanation.h"

#include "cli/json_output.h"
#include "cli/usage_error.h"
#include "cli/weights_input.h"
#include "commands/training/explanation.h"
#include "commands/training/training_inputs.h"

#include <base/plain_text.h>
#include <engine/plan/vulkan_ids.h>
#include <graph/lower/lowering.h>
#include <graph/predict/prediction.h>
#include <graph/run/planned_device.h>
#include <infer/inference.h>
#include <train/step_graph.h>
#include <train/training_loading.h>

#include <fmt/ranges.h>
#include <spdlog/spdlog.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <charconv>
#include <filesystem>
#include <fstream>
#include <map>

namespace vkm::apps {
namespace {

using graph::DispatchPrediction;
using graph::PredictionTotal;

// Returns the device of a list that --device names, the first where it is not given. Says which, where there are several.
const nlohmann::json& chosen(const nlohmann::json& list, const std::string& path,
                             const CommonOptions& options) {
    size_t index = 0;
    const std::string& text = options.device;
    const bool is_index =
        text.empty() ||
        std::from_chars(text.data(), text.data() + text.size(), index).ptr == text.data() + text.size();
    if (!is_index || index >= list.size())
        throw UsageError(
            fmt::format("--device {}: {} has the devices 0 to {}, of which one is predicted: name it", text,
                        path, list.size() - 1));
    if (!options.quiet)
        spdlog::info("device {} of the {} in {}{}", index, list.size(), path,
                     text.empty() ? ": --device names another" : "");
    return list[index];
}

UsageError no_snapshot(const std::string& path) {
    return UsageError(
        fmt::format("--device-report {}: not a device snapshot; make one of vulkaninfo's output with "
                    "scripts/snapshot_from_report.py",
                    path));
}

engine::DeviceSnapshot read_report(const std::string& path, const CommonOptions& options) {
    if (std::filesystem::is_directory(path))
        throw UsageError(fmt::format("--device-report {}: a folder; name the file in it", path));
    std::ifstream file(path);
    if (!file) throw UsageError(fmt::format("--device-report {}: the file cannot be read", path));
    const std::string bytes(std::istreambuf_iterator<char>(file), {});
    try {
        const std::string text = utf8_text(bytes, path);  // PowerShell saves UTF-16
        // What `devices --json --full` writes is a list of one or more.
        const nlohmann::json json = nlohmann::json::parse(text);
        if (!json.is_array()) return json.get<engine::DeviceSnapshot>();
        if (json.empty())
            throw UsageError(
                fmt::format("--device-report {}: it lists no device; capture it again with "
                            "`vkmbv3 devices --json --full`",
                            path));
        return (json.size() == 1 ? json.front() : chosen(json, path, options)).get<engine::DeviceSnapshot>();
    } catch (const engine::InvalidSnapshot& error) {
        throw UsageError(fmt::format("--device-report {}: {}", path, error.what()));
    } catch (const NotText&) {
        throw no_snapshot(path);
    } catch (const nlohmann::json::exception&) {
        throw no_snapshot(path);
    }
}

// Says which options change nothing: a run's --config has some that are of devices that are here.
void say_what_is_not_used(const TrainArguments& arguments, const DeviceReport& report) {
    std::vector<std::string> unused = report.without_effect;
    const auto add = [&](bool given, const char* name) {
        if (given && std::ranges::find(unused, name) == unused.end()) unused.emplace_back(name);
    };
    add(arguments.tune, "--tune");
    add(arguments.recipe.sync_bn, "--sync-bn");
    add(arguments.shares.splits_unequally(), "--shares");
    add(arguments.placement.is_other_than_replicate(), "--placement");
    if (unused.empty() || arguments.common.quiet) return;
    spdlog::info(
        "--device-report {} predicts a whole batch{} on one device that is not here: without effect is {}",
        report.file, report.inference ? " that is classified" : "", fmt::join(unused, ", "));
}

// Compiles the kernels with RADV for a GPU that is not here (RADV_FORCE_FAMILY), where that is started.
graph::CompiledKernels compile(const graph::Program& program) {
    const engine::Instance instance;
    graph::CompiledKernels compiled;
    for (uint32_t i = 0; i < instance.devices().size(); ++i) {
        const engine::DeviceSnapshot& device = instance.devices()[i];
        if (device.driver_id != engine::driver::mesa_radv || !device.memory_types.empty()) continue;
        const auto open = instance.open(i, {.profile = true});
        const std::vector<engine::KernelSpec> specs = graph::distinct_kernel_specs(program);
        const auto kernels = open->kernels(specs);
        for (size_t k = 0; k < specs.size(); ++k) {
            graph::CompiledKernel& kernel = compiled[specs[k].label()];
            for (const engine::KernelStatistic& statistic : open->statistics(*kernels[k])) {
                if (statistic.name == "Instructions")
                    kernel.instructions = static_cast<uint32_t>(statistic.value);
                if (statistic.name == "VGPRs") kernel.registers = static_cast<uint32_t>(statistic.value);
            }
        }
        spdlog::info("kernels compiled for {}", device.name);
        break;
    }
    return compiled;
}

struct Totals {
    PredictionTotal all;
    std::map<std::string, PredictionTotal> by_kernel;
};

Totals add_up(const std::vector<DispatchPrediction>& predictions) {
    Totals totals;
    for (const DispatchPrediction& p : predictions) {
        totals.all += p;
        totals.by_kernel[p.kernel] += p;
    }
    return totals;
}

constexpr double millionth = 1e-6;

void print(const DispatchPrediction& p) {
    const uint64_t groups = uint64_t{p.groups[0]} * p.groups[1] * p.groups[2];
    fmt::print("{:<46} {:<36} {:>8} {:>5} {:>8.1f} {:>8.2f} {:>9.1f} {:>8.0f} {:>6.0f} {:>6} {:>8.1f} {}{}\n",
               p.label, p.kernel, groups, p.workgroup, p.subgroups_a_processor, p.bytes() * millionth,
               p.flops * millionth, p.issue, p.run.waits,
               p.instructions != 0 ? fmt::format("{}", p.instructions) : "-", p.kernel_us(),
               graph::name(p.bound), p.barrier ? " |" : "");
}

void print(const std::string& what, const PredictionTotal& t) {
    fmt::print("{:<40} {:>5} {:>9.2f} {:>9.2f} {:>9.2f} {:>9.2f} {:>9.2f} {:>9.2f}\n", what, t.dispatches,
               t.kernel_us * 1e-3, t.memory_us * 1e-3, t.issue_us * 1e-3, t.latency_us * 1e-3,
               t.matrix_us * 1e-3, t.overhead_us * 1e-3);
}

void print(const std::vector<DispatchPrediction>& predictions, const graph::KernelPlan& plan,
           const graph::Machine& machine, int64_t images) {
    fmt::print("{}: {:.0f} processors at {:.0f} MHz, {:.0f} GB/s{}\n", plan.device.device_name,
               machine.processors, machine.clock_mhz, machine.memory_gbps,
               machine.known ? "" : " (typical of its class)");
    fmt::print(
        "{:<46} {:<36} {:>8} {:>5} {:>8} {:>8} {:>9} {:>8} {:>6} {:>6} {:>8} bound, | after a barrier\n",
        "layer/operation", "kernel", "groups", "size", "per proc", "MB", "MFLOP", "issued", "waits", "instr",
        "us");
    for (const DispatchPrediction& p : predictions)
        print(p);
    const Totals totals = add_up(predictions);
    fmt::print("\n{:<40} {:>5} {:>9} {:>9} {:>9} {:>9} {:>9} {:>9}\n", "kernel, ms", "runs", "time", "memory",
               "issue", "latency", "matrix", "launches");
    std::vector<std::pair<std::string, PredictionTotal>> rows(totals.by_kernel.begin(),
                                                              totals.by_kernel.end());
    std::ranges::sort(rows, std::ranges::greater{}, [](const auto& row) { return row.second.us(); });
    for (const auto& [kernel, total] : rows)
        print(kernel, total);
    print("total", totals.all);
    fmt::print("{} dispatches, {} barriers, {:.2f} ms: {:.0f} images/s\n", totals.all.dispatches,
               totals.all.barriers, totals.all.us() * 1e-3,
               static_cast<double>(images) / totals.all.us() * 1e6);
}

nlohmann::json to_json(const DispatchPrediction& p) {
    nlohmann::json json{{"label", p.label},
                        {"kernel", p.kernel},
                        {"groups", p.groups},
                        {"workgroup", p.workgroup},
                        {"subgroups_a_processor", p.subgroups_a_processor},
                        {"barrier", p.barrier},
                        {"bytes", p.bytes()},
                        {"flops", p.flops},
                        {"issued", p.issue},
                        {"waits", p.run.waits},
                        {"us", p.kernel_us()},
                        {"memory_us", p.memory_us},
                        {"issue_us", p.issue_us},
                        {"latency_us", p.latency_us},
                        {"matrix_us", p.matrix_us},
                        {"overhead_us", p.overhead_us},
                        {"bound", graph::name(p.bound)}};
    if (p.instructions != 0) json["instructions"] = p.instructions;
    return json;
}

void print_as_json(const std::vector<DispatchPrediction>& predictions, const graph::KernelPlan& plan,
                   const graph::Machine& machine, int64_t images) {
    const PredictionTotal total = add_up(predictions).all;
    nlohmann::json rows = nlohmann::json::array();
    for (const DispatchPrediction& p : predictions)
        rows.push_back(to_json(p));
    print_json({{"device", plan.device.device_name},
                {"class", engine::name(plan.device.device_class)},
                {"processors", machine.processors},
                {"known", machine.known},
                {"images", images},
                {"us", total.us()},
                {"images_per_second", static_cast<double>(images) / total.us() * 1e6},
                {"dispatches", rows},
                {"barriers", total.barriers}},
               2);
}

graph::DType storage_of(const TrainArguments& arguments, const graph::KernelPlan& plan) {
    const bool half = arguments.common.precision == "amp" ||
                      (arguments.common.precision == "auto" && plan.fp16_storage_faster);
    return half ? graph::DType::f16 : graph::DType::f32;
}

// Returns the model, that of --init's weights where there are some. Takes the batch into the recipe, too.
graph::ModelConfig model_of(TrainArguments& arguments) {
    if (arguments.init.empty()) return resolve_model(arguments, nullptr);
    const graph::ModelFile file = read_weights(arguments.init, arguments.model, arguments.common.quiet);
    return resolve_model(arguments, &file);
}

graph::Graph training_of(TrainArguments& arguments, const graph::KernelPlan& plan) {
    graph::ModelConfig model = model_of(arguments);
    const train::HeldBack data = open_training_data(arguments, model, {});
    const train::Recipe& recipe = arguments.recipe;
    return train::training_step(model, recipe,
                                {.local_batch = recipe.batch_size,
                                 .global_batch = recipe.batch_size,
                                 .pixels = train::pixel_type(*data.training, recipe),
                                 .fusion = plan.fusion,
                                 .storage = storage_of(arguments, plan)})
        .graph;
}

graph::Graph inference_of(TrainArguments& arguments, const graph::KernelPlan& plan) {
    const graph::ModelConfig model = model_of(arguments);
    return infer::inference_graph(model, arguments.recipe.batch_size, storage_of(arguments, plan));
}

}  // namespace

void explain_report(TrainArguments& arguments, const DeviceReport& report) {
    if (arguments.profile)
        throw UsageError("--profile measures, and a device of --device-report is not here: use one");
    if (arguments.batch_size == automatic)
        throw UsageError("--batch-size auto asks a device: give a number with --device-report");
    require_run(arguments);
    const engine::DeviceSnapshot device = read_report(report.file, arguments.common);
    say_what_is_not_used(arguments, report);
    const graph::KernelPlan plan =
        graph::plan_kernels(device, engine::plan_device(device, engine::known_quirks()),
                            graph::matrix_unit_options(arguments.matrix_units.wanted()));
    const graph::Graph step = report.inference ? inference_of(arguments, plan) : training_of(arguments, plan);
    const graph::Program program = graph::lower(step, plan);
    const graph::CompiledKernels compiled = compile(program);
    const graph::Machine machine = graph::machine_of(device, plan.device);
    const std::vector<DispatchPrediction> predictions =
        graph::predict(program, plan, machine, {.overlapped = report.overlapped, .compiled = &compiled});
    if (arguments.common.json)
        print_as_json(predictions, plan, machine, arguments.recipe.batch_size);
    else
        print(predictions, plan, machine, arguments.recipe.batch_size);
}

}  // namespace vkm::apps
