#pragma once

#include <graph/run/device_work.h>
#include <train/device_pace.h>
#include <train/shares.h>

#include <optional>
#include <span>
#include <vector>

namespace vkm::train {

/// Says how batches are split from a step on.
struct SharesFrom {
    int64_t step = 0;  ///< updates done when they were split so
    std::vector<int64_t> counts;

    bool operator==(const SharesFrom&) const = default;
};

/// Says who decides how a batch is split over the devices.
struct SharePolicy {
    enum class Kind : uint8_t {
        equal,
        given,     ///< in proportion to `speeds`
        measured,  ///< so that the devices end at once, by what they turn out to do, again and again
        recorded   ///< as `record` has it
    };
    Kind kind = Kind::equal;
    std::vector<double> speeds = {};
    std::vector<SharesFrom> record = {};  ///< by rising step
};

/// Decides the shares of a run's batches, between two steps.
///
/// A step lasts as long as the slowest device's share, so it is shortest where all end at once. How long each took for
/// its own, without waiting for the others, is measured again at the new shares, which tells its time a step from that
/// of an image (DevicePace). Other shares take new command lists, so they have to pay.
class ShareBalance {
  public:
    static constexpr uint64_t steps_to_settle = 2;   ///< after a change, before what is measured counts
    static constexpr uint64_t steps_to_measure = 8;  ///< between two decisions
    static constexpr double least_gain = 1.05;       ///< of a step's time now over that after a change

    /// `unit`: samples that stay together.
    ShareBalance(SharePolicy, int64_t batch_size, size_t devices, int64_t unit);

    /// Returns the shares of a run that begins. Throws Error where speeds or a record are of other devices or another
    /// batch.
    std::vector<Share> begin();
    /// Returns those of a run that goes on after `step` updates, having had shares `before`, by counts. Throws as well.
    std::vector<Share> go_on(int64_t step, std::span<const int64_t> before);

    /// Returns other shares to go on with after `step` updates, where they pay. `work`: what each device has done since
    /// it had its share.
    std::optional<std::vector<Share>> after(int64_t step, std::span<const graph::DeviceWork> work);

    /// Goes on without these devices: what they had goes to the others, in proportion to what those have.
    void drop(std::span<const size_t> devices);
    /// Gives a device no more than so many images of a batch, now and later. Throws OutOfDeviceMemory where the devices
    /// cannot take a batch together.
    void limit(size_t device, int64_t images);
    /// Goes on with these shares, because others do not fit the devices after all, and decides nothing any more.
    void keep(std::vector<Share>);

    const std::vector<Share>& shares() const { return shares_; }
    /// Returns the devices' speeds in images a second as they were measured last; none before that.
    const std::vector<double>& speeds() const { return speeds_; }

  private:
    std::vector<Share> split(std::span<const double> speeds) const;
    std::vector<Share> relieved(std::vector<Share>) const;
    std::vector<Share> recorded(int64_t step) const;
    std::optional<std::vector<Share>> measure(std::span<const graph::DeviceWork> work);
    void take(std::vector<Share> shares);

    SharePolicy policy_;
    int64_t batch_size_;
    size_t devices_;
    int64_t unit_;
    std::vector<int64_t> most_;  ///< images of a batch, by device
    std::vector<Share> shares_;
    std::vector<graph::DeviceWork> since_;  ///< what was done before the measurement that goes on
    std::vector<double> speeds_;
    std::vector<DevicePace> paces_;
};

}  // namespace vkm::train
