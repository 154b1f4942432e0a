#include "cli/common_options.h"

#include "cli/usage_error.h"

#include <base/terminal.h>
#include <engine/cache/tuning_file.h>

#include <fmt/core.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <charconv>
#include <map>

namespace vkm::apps {
namespace {

template <typename T>
bool parse(const std::string& text, T& value) {
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    return error == std::errc() && end == text.data() + text.size() && !text.empty();
}

// Returns the devices of the default device's kind: all GPUs of a host, or one processor.
std::vector<uint32_t> fastest_kind(const engine::Instance& instance) {
    const uint32_t fastest = instance.default_device();
    const engine::DeviceType type = instance.devices()[fastest].type;
    if (type == engine::DeviceType::cpu) return {fastest};
    std::vector<uint32_t> indices;
    for (uint32_t i = 0; i < instance.devices().size(); ++i)
        if (instance.devices()[i].type == type && !instance.null_device(i)) indices.push_back(i);
    return indices;
}

}  // namespace

void CommonOptions::add(CLI::App& app) {
    app.add_option("--device", device,
                   "device indices as `devices` prints them, or all; an index may be repeated");
    app.add_option("--precision", precision, "fp32, amp for fp16 storage, or auto for the faster")
        ->check(CLI::IsMember({"fp32", "amp", "auto"}))
        ->capture_default_str();
    app.add_option("--seed", seed, "seed of all random numbers")->capture_default_str();
    app.add_flag("--json", json, "results as JSON on stdout");
    app.add_flag("--quiet", quiet, "no progress on stderr")->each([](const std::string& on) {
        if (on == "true") spdlog::set_level(spdlog::level::warn);  // of what is read, too
    });
}

std::vector<graph::PlannedDevice*> OpenDevices::pointers() const {
    std::vector<graph::PlannedDevice*> result;
    for (const auto& device : devices)
        result.push_back(device.get());
    return result;
}

std::vector<uint32_t> parse_devices(const std::string& list, const engine::Instance& instance) {
    if (list.empty()) return {instance.default_device()};
    if (instance.devices().empty()) instance.default_device();  // throws NoDevice, which says what to install
    std::vector<uint32_t> indices;
    if (list == "all") {
        for (uint32_t i = 0; i < instance.devices().size(); ++i)
            indices.push_back(i);
        return indices;
    }
    for (const std::string& part : split_list(list)) {
        uint32_t index = 0;
        if (!parse(part, index) || (part.size() > 1 && part.front() == '0'))
            throw UsageError(
                fmt::format("--device {}: '{}' is not a device index; use e.g. 0 or 0,1 or all", list, part));
        if (index >= instance.devices().size())
            throw NoDevice("there is no device {}: `vkmbv3 devices` lists {} (0 to {})", index,
                           instance.devices().size(), static_cast<int64_t>(instance.devices().size()) - 1);
        indices.push_back(index);
    }
    return indices;
}

std::vector<uint32_t> devices_of(std::span<const uint32_t> all, size_t local_rank, size_t local_size) {
    std::vector<uint32_t> own;
    for (size_t i = local_rank; i < all.size(); i += local_size)
        own.push_back(all[i]);
    if (own.empty()) own.push_back(all[local_rank % all.size()]);
    return own;
}

OpenDevices open_devices(const CommonOptions& options, const graph::DeviceOptions& forced, bool tuned) {
    OpenDevices open;
    const bool dealt_out = options.local_size > 1 && options.device.empty();
    open.indices =
        devices_of(dealt_out ? fastest_kind(open.instance) : parse_devices(options.device, open.instance),
                   options.local_rank, options.local_size);
    std::map<uint32_t, graph::DeviceOptions> devices;
    for (const uint32_t index : open.indices) {
        const auto [own, first] = devices.try_emplace(index, forced);
        if (first && tuned) own->second.kernels.tuning = engine::load_tuning(open.instance.devices()[index]);
        open.devices.push_back(graph::open_device(open.instance, index, own->second));
        if (options.quiet) continue;
        spdlog::info("{}", open.devices.back()->description());
        const graph::KernelPlan& plan = open.devices.back()->plan();
        for (const auto* fallbacks : {&plan.device.fallbacks, &plan.fallbacks})
            for (const std::string& fallback : *fallbacks)
                spdlog::info("  {}", fallback);
    }
    return open;
}

std::vector<std::string> split_list(const std::string& text) {
    std::vector<std::string> parts;
    size_t begin = 0;
    for (;;) {
        const size_t end = text.find(',', begin);
        parts.push_back(text.substr(begin, end - begin));
        if (end == std::string::npos) return parts;
        begin = end + 1;
    }
}

std::vector<double> parse_numbers(const std::string& text, const std::string& option) {
    std::vector<double> numbers;
    for (const std::string& part : split_list(text)) {
        double number = 0;
        if (!parse(part, number))
            throw UsageError(fmt::format("{} {}: '{}' is not a number", option, text, part));
        numbers.push_back(number);
    }
    return numbers;
}

CLI::Range batch_sizes() {
    return {int64_t{1}, largest_batch_size};
}

std::optional<int64_t> parse_batch_size(const std::string& text) {
    int64_t size = 0;
    if (!parse(text, size) || size < 1 || size > largest_batch_size) return {};
    return size;
}

CLI::Range worker_counts() {
    return {0, 1024};
}

bool on_terminal() {
    return is_terminal(standard_error);
}

}  // namespace vkm::apps
