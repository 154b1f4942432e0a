#include <engine/error.h>
#include <train/share_balance.h>

#include <fmt/ranges.h>

#include <algorithm>
#include <numeric>
#include <utility>

namespace vkm::train {
namespace {

// Returns the time of a step in which each device has so many images, in terms of its slowest device.
double step_time(std::span<const Share> shares, std::span<const DevicePace> paces) {
    double longest = 0;
    for (size_t i = 0; i < shares.size(); ++i)
        longest = std::max(longest, paces[i].seconds(static_cast<double>(shares[i].count)));
    return longest;
}

uint64_t least_steps(std::span<const graph::DeviceWork> work) {
    return std::ranges::min(work, {}, &graph::DeviceWork::steps).steps;
}

}  // namespace

ShareBalance::ShareBalance(SharePolicy policy, int64_t batch_size, size_t devices, int64_t unit)
    : policy_(std::move(policy)),
      batch_size_(batch_size),
      devices_(devices),
      unit_(unit),
      most_(devices, batch_size),
      paces_(devices) {}

std::vector<Share> ShareBalance::begin() {
    using Kind = SharePolicy::Kind;
    if (policy_.kind == Kind::recorded) {
        if (policy_.record.empty()) throw Error("the record holds no shares: it is of a run on one device");
        return go_on(policy_.record.front().step, {});
    }
    if (policy_.kind == Kind::given && policy_.speeds.size() != devices_)
        throw Error("{} shares are given for {} devices: name one a device", policy_.speeds.size(), devices_);
    take(policy_.kind == Kind::given ? split(policy_.speeds) : split_batch(batch_size_, devices_));
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
    std::vector<double> seconds;
    for (size_t i = 0; i < devices_; ++i) {
        seconds.push_back((work[i].seconds - since_[i].seconds) /
                          static_cast<double>(work[i].steps - since_[i].steps));
        if (seconds.back() <= 0) return {};  // too quick for the clock
    }
    since_.assign(work.begin(), work.end());
    speeds_.clear();
    for (size_t i = 0; i < devices_; ++i) {
        paces_[i].add(shares_[i].count, seconds[i]);
        speeds_.push_back(static_cast<double>(shares_[i].count) / seconds[i]);
    }
    std::vector<Share> shares = relieved(split(images_that_end_at_once(paces_, most_, batch_size_)));
    if (step_time(shares_, paces_) < least_gain * step_time(shares, paces_)) return {};
    take(std::move(shares));
    return shares_;
}

void ShareBalance::take(std::vector<Share> shares) {
    shares_ = std::move(shares);
    since_.clear();
}

void ShareBalance::drop(std::span<const size_t> devices) {
    const bool equal = policy_.kind == SharePolicy::Kind::equal;
    std::vector<double> speeds;
    std::vector<int64_t> most;
    std::vector<DevicePace> paces;
    for (size_t i = 0; i < devices_; ++i)
        if (std::ranges::find(devices, i) == devices.end()) {
            speeds.push_back(equal ? 1.0 : static_cast<double>(shares_[i].count));
            most.push_back(most_[i]);
            paces.push_back(paces_[i]);
        }
    devices_ = speeds.size();
    most_ = most;
    paces_ = paces;
    speeds_.clear();
    take(split(speeds));
    if (policy_.kind != SharePolicy::Kind::measured)
        policy_ = {.kind = SharePolicy::Kind::given, .speeds = speeds};
}

void ShareBalance::limit(size_t device, int64_t images) {
    most_.at(device) = images;
    std::vector<double> speeds;
    for (const Share& share : shares_)
        speeds.push_back(static_cast<double>(share.count));
    take(split(speeds));
}

// Returns shares in proportion to speeds, of which those that would be too large are as large as they may be.
std::vector<Share> ShareBalance::split(std::span<const double> speeds) const {
    std::vector<int64_t> counts(devices_, 0);
    int64_t left = batch_size_;
    for (;;) {
        std::vector<size_t> open;
        std::vector<double> open_speeds;
        for (size_t i = 0; i < devices_; ++i)
            if (counts[i] == 0) {
                open.push_back(i);
                open_speeds.push_back(speeds[i]);
            }
        if (open.empty() && left > 0)
            throw OutOfDeviceMemory(
                "the devices have memory for {} images of a batch of {}: use --batch-size {} or less, or name more devices",
                batch_size_ - left, batch_size_, batch_size_ - left);
        if (open.empty()) break;
        const std::vector<Share> shares = split_batch(left, open_speeds, unit_);
        bool full = false;
        for (size_t i = 0; i < open.size(); ++i)
            if (shares[i].count > most_[open[i]]) {
                counts[open[i]] = std::max(most_[open[i]] / unit_ * unit_, int64_t{1});
                left -= counts[open[i]];
                full = true;
            }
        if (full) continue;
        for (size_t i = 0; i < open.size(); ++i)
            counts[open[i]] = shares[i].count;
        break;
    }
    return shares_of(counts);
}

// Moves units from the device that ends last to others for as long as that makes the step shorter. Fractions were
// rounded to the nearest, which a slow device's time may not be.
std::vector<Share> ShareBalance::relieved(std::vector<Share> shares) const {
    std::vector<int64_t> counts = counts_of(shares);
    const auto seconds = [&](size_t i, int64_t count) {
        return paces_[i].seconds(static_cast<double>(count));
    };
    for (;;) {
        size_t last = 0;
        for (size_t i = 1; i < devices_; ++i)
            if (seconds(i, counts[i]) > seconds(last, counts[last])) last = i;
        std::optional<size_t> taker;
        for (size_t i = 0; i < devices_; ++i)
            if (i != last && counts[i] + unit_ <= most_[i] &&
                (!taker || seconds(i, counts[i] + unit_) < seconds(*taker, counts[*taker] + unit_)))
                taker = i;
        if (!taker || counts[last] <= unit_ ||
            seconds(*taker, counts[*taker] + unit_) >= seconds(last, counts[last]))
            return shares_of(counts);
        counts[last] -= unit_;
        counts[*taker] += unit_;
    }
}

void ShareBalance::keep(std::vector<Share> shares) {
    take(std::move(shares));
    policy_.kind = SharePolicy::Kind::equal;
}

}  // namespace vkm::train
