#include "commands/training/share_options.h"

#include "cli/common_options.h"
#include "cli/usage_error.h"

#include <train/report/recorded_shares.h>

#include <fmt/core.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <filesystem>

namespace vkm::apps {
namespace {

// Returns whether the devices are of one kind, so that they are as fast as each other.
bool alike(const std::vector<graph::PlannedDevice*>& devices) {
    const engine::DeviceSnapshot& first = devices.front()->snapshot();
    return std::ranges::all_of(devices, [&](const graph::PlannedDevice* device) {
        const engine::DeviceSnapshot& other = device->snapshot();
        return other.name == first.name && other.vendor_id == first.vendor_id &&
               other.device_id == first.device_id && other.driver_name == first.driver_name;
    });
}

bool are_numbers(const std::string& text) {
    return std::ranges::all_of(
        text, [](unsigned char c) { return std::isdigit(c) != 0 || c == '.' || c == ',' || c == ' '; });
}

}  // namespace

void ShareArguments::add(CLI::App& app, const char* group) {
    app.add_option(
           "--shares", shares_,
           "how a batch is split over several devices: equal, measured (by their speed, again and again), 3,1 (in "
           "proportion), or the directory of a run, to split as that did; default: measured where the devices are "
           "of different kinds, else equal")
        ->group(group);
}

std::string ShareArguments::in_force(const std::vector<graph::PlannedDevice*>& devices) const {
    if (!shares_.empty()) return shares_;
    return alike(devices) ? "equal" : "measured";
}

train::SharePolicy ShareArguments::resolve(const std::vector<graph::PlannedDevice*>& devices) const {
    using Kind = train::SharePolicy::Kind;
    const std::string shares = in_force(devices);
    if (shares == "equal") return {.kind = Kind::equal};
    if (shares == "measured") return {.kind = Kind::measured};
    if (!are_numbers(shares)) {
        const std::filesystem::path log = std::filesystem::path(shares) / "metrics.jsonl";
        if (!std::filesystem::exists(log))
            throw UsageError(fmt::format(
                "--shares {}: neither equal, measured, numbers like 3,1 nor the directory of a run", shares));
        return {.kind = Kind::recorded, .record = train::read_recorded_shares(log)};
    }
    train::SharePolicy policy{.kind = Kind::given, .speeds = parse_numbers(shares, "--shares")};
    if (policy.speeds.size() != devices.size())
        throw UsageError(fmt::format("--shares {} names {} shares, and there are {} devices: one each",
                                     shares, policy.speeds.size(), devices.size()));
    if (!std::ranges::all_of(policy.speeds, [](double speed) { return speed > 0 && std::isfinite(speed); }))
        throw UsageError(fmt::format("--shares {}: every share is more than 0", shares));
    return policy;
}

}  // namespace vkm::apps
