#include <base/error.h>
#include <train/share_balance.h>

#include <fmt/ranges.h>

#include <algorithm>
#include <numeric>
#include <utility>

namespace vkm::train {
namespace {

// Returns the time of a step in which each device has so many images, in terms of its slowest device.
double step_time(std::span<const Share> shares, std::span<const double> speeds) {
    double longest = 0;
    for (size_t i = 0; i < shares.size(); ++i)
        longest = std::max(longest, static_cast<double>(shares[i].count) / speeds[i]);
    return longest;
}

uint64_t least_steps(std::span<const graph::DeviceWork> work) {
    return std::ranges::min(work, {}, &graph::DeviceWork::steps).steps;
}

}  // namespace

ShareBalance::ShareBalance(SharePolicy policy, int64_t batch_size, size_t devices, int64_t unit)
    : policy_(std::move(policy)), batch_size_(batch_size), devices_(devices), unit_(unit) {}

std::vector<Share> ShareBalance::begin() {
    using Kind = SharePolicy::Kind;
    if (policy_.kind == Kind::recorded) {
        if (policy_.record.empty()) throw Error("the record holds no shares: it is of a run on one device");
        return go_on(policy_.record.front().step, {});
    }
    if (policy_.kind == Kind::given && policy_.speeds.size() != devices_)
        throw Error("{} shares are given for {} devices: name one a device", policy_.speeds.size(), devices_);
    take(policy_.kind == Kind::given ? split_batch(batch_size_, policy_.speeds, unit_)
                                     : split_batch(batch_size_, devices_));
    return shares_;
}

std::vector<Share> ShareBalance::go_on(int64_t step, std::span<const int64_t> before) {
    if (policy_.kind == SharePolicy::Kind::recorded) {
        take(recorded(step));
    } else {
        begin();
        const bool fit = before.size() == devices_ &&
                         std::accumulate(before.begin(), before.end(), int64_t{0}) == batch_size_;
        if (policy_.kind == SharePolicy::Kind::measured && fit) take(shares_of(before));
    }
    return shares_;
}

std::vector<Share> ShareBalance::recorded(int64_t step) const {
    const auto later = std::ranges::upper_bound(policy_.record, step, {}, &SharesFrom::step);
    if (later == policy_.record.begin())
        throw Error("the record has no shares for step {}: it is of a run that began later", step + 1);
    const std::vector<int64_t>& counts = std::prev(later)->counts;
    const int64_t images = std::accumulate(counts.begin(), counts.end(), int64_t{0});
    if (counts.size() != devices_ || images != batch_size_ || std::ranges::min(counts) < 1)
        throw Error(
            "the record splits a batch of {} over {} devices ({}), and this run has a batch of {} and {}: use the same "
            "--batch-size and as many devices",
            images, counts.size(), fmt::join(counts, " + "), batch_size_, devices_);
    return shares_of(counts);
}

std::optional<std::vector<Share>> ShareBalance::after(int64_t step, std::span<const graph::DeviceWork> work) {
    if (devices_ < 2) return {};
    if (policy_.kind == SharePolicy::Kind::measured) return measure(work);
    if (policy_.kind != SharePolicy::Kind::recorded) return {};
    std::vector<Share> shares = recorded(step);
    if (shares == shares_) return {};
    take(std::move(shares));
    return shares_;
}

std::optional<std::vector<Share>> ShareBalance::measure(std::span<const graph::DeviceWork> work) {
    const uint64_t steps = least_steps(work);
    if (since_.empty()) {
        if (steps >= steps_to_settle) since_.assign(work.begin(), work.end());
        return {};
    }
    if (steps < least_steps(since_) + steps_to_measure) return {};
    std::vector<double> speeds;
    for (size_t i = 0; i < devices_; ++i) {
        const auto images = static_cast<double>((work[i].steps - since_[i].steps) *
                                                static_cast<uint64_t>(shares_[i].count));
        const double seconds = work[i].seconds - since_[i].seconds;
        if (seconds <= 0) return {};  // too quick for the clock
        speeds.push_back(images / seconds);
    }
    since_.assign(work.begin(), work.end());
    speeds_ = speeds;
    std::vector<Share> shares = split_batch(batch_size_, speeds, unit_);
    if (step_time(shares_, speeds) < least_gain * step_time(shares, speeds)) return {};
    take(std::move(shares));
    return shares_;
}

void ShareBalance::take(std::vector<Share> shares) {
    before_ = std::exchange(shares_, std::move(shares));
    since_.clear();
}

void ShareBalance::drop(std::span<const size_t> devices) {
    const bool equal = policy_.kind == SharePolicy::Kind::equal;
    std::vector<double> speeds;
    for (size_t i = 0; i < devices_; ++i)
        if (std::ranges::find(devices, i) == devices.end())
            speeds.push_back(equal ? 1.0 : static_cast<double>(shares_[i].count));
    devices_ = speeds.size();
    speeds_.clear();
    take(split_batch(batch_size_, speeds, unit_));
    if (policy_.kind != SharePolicy::Kind::measured) policy_ = {.kind = SharePolicy::Kind::given, .speeds = speeds};
}

void ShareBalance::keep() {
    take(before_);
    policy_.kind = SharePolicy::Kind::equal;  // nothing is decided any more
}

}  // namespace vkm::train
