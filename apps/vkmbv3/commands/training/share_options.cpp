#include "commands/training/share_options.h"

#include "cli/common_options.h"
#include "cli/usage_error.h"

#include <base/error.h>
#include <train/report/recorded_shares.h>

#include <fmt/ranges.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <cctype>
#include <cmath>
#include <filesystem>

namespace vkm::apps {
namespace {

bool are_numbers(const std::string& text) {
    return std::ranges::all_of(
        text, [](unsigned char c) { return std::isdigit(c) != 0 || c == '.' || c == ',' || c == ' '; });
}

// Says where the devices of a record are others than those of this run, and refuses them in another order: each would
// have another's share.
void compare_devices(const std::string& shares, const std::vector<std::string>& recorded,
                     const std::vector<std::string>& kinds) {
    if (recorded == kinds || recorded.empty() || recorded.size() != kinds.size()) return;
    const std::string difference = fmt::format("its devices were {}, and here they are {}",
                                               fmt::join(recorded, " + "), fmt::join(kinds, " + "));
    if (std::ranges::is_permutation(recorded, kinds))
        throw Error("--shares {}: {}: name them in that order (--device)", shares, difference);
    spdlog::warn("--shares {}: {}: weights will not be the same bits", shares, difference);
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

std::string kind_of(const graph::PlannedDevice& device) {
    const engine::DeviceSnapshot& snapshot = device.snapshot();
    return fmt::format("{} {:x}:{:x} {}", snapshot.name, snapshot.vendor_id, snapshot.device_id,
                       snapshot.driver_name);
}

std::string ShareArguments::in_force(const std::vector<std::string>& kinds) const {
    if (!shares_.empty()) return shares_;
    const bool alike = std::ranges::all_of(kinds, [&](const std::string& kind) { return kind == kinds[0]; });
    return alike ? "equal" : "measured";
}

train::SharePolicy ShareArguments::resolve(const std::string& shares, size_t devices,
                                           const std::vector<std::string>& kinds) const {
    using Kind = train::SharePolicy::Kind;
    if (shares == "equal") return {.kind = Kind::equal};
    if (shares == "measured") return {.kind = Kind::measured};
    if (!are_numbers(shares)) {
        const std::filesystem::path log = std::filesystem::path(shares) / "metrics.jsonl";
        if (!std::filesystem::exists(log))
            throw UsageError(fmt::format(
                "--shares {}: neither equal, measured, numbers like 3,1 nor the directory of a run", shares));
        train::SharePolicy policy{.kind = Kind::recorded, .record = train::read_recorded_shares(log)};
        if (policy.record.empty())
            throw Error("--shares {}: {} holds no shares: its run was on one device, or in stages", shares,
                        log.string());
        compare_devices(shares, train::read_recorded_devices(log), kinds);
        return policy;
    }
    train::SharePolicy policy{.kind = Kind::given, .speeds = parse_numbers(shares, "--shares")};
    if (policy.speeds.size() != devices)
        throw UsageError(fmt::format("--shares {} names {} shares, and there are {} devices: one each",
                                     shares, policy.speeds.size(), devices));
    if (!std::ranges::all_of(policy.speeds, [](double speed) { return speed > 0 && std::isfinite(speed); }))
        throw UsageError(fmt::format("--shares {}: every share is more than 0", shares));
    return policy;
}

}  // namespace vkm::apps
