#pragma once

#include "live/live_result.h"

#include <engine/vulkan/device.h>
#include <teach/task_queue.h>

#include <functional>
#include <map>
#include <mutex>

namespace vkm::demo {

/// Holds how long a layer of the network takes, and how near that is to what the device can do.
struct LayerTime {
    std::string layer, operation;
    double microseconds = 0;
    double share = 0;    ///< of the network's time
    double of_roof = 0;  ///< share of the nearest roof's speed, 0 to 1
    std::string roof;    ///< "bandwidth", "compute" or "launch"
};

struct LayerTimesState {
    bool measuring = false;
    std::string doing = {};
    std::string problem = {};
    std::string device = {}, model = {};
    double microseconds = 0;  ///< of all layers
    std::vector<LayerTime> layers = {};
};

/// Measures the layers of a network one by one by the device's own clock, and the device's roofs once, on a thread of
/// its own.
class LayerTimes {
  public:
    LayerTimes(const engine::Instance&, std::function<void()> changed);

    void measure(const LiveChoice&);
    std::shared_ptr<const LayerTimesState> state() const;

  private:
    struct Roofs;
    void change(const std::function<void(LayerTimesState&)>&);
    void run(const LiveChoice&);

    const engine::Instance& instance_;
    std::function<void()> changed_;
    mutable std::mutex mutex_;
    std::shared_ptr<const LayerTimesState> state_ = std::make_shared<LayerTimesState>();
    std::map<uint32_t, std::shared_ptr<const Roofs>> roofs_;  ///< by device; of the thread
    teach::TaskQueue tasks_;                                  ///< ends first
};

}  // namespace vkm::demo
