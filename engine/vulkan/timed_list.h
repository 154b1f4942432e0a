#pragma once

#include <engine/vulkan/device.h>

#include <functional>

namespace vkm::engine {

/// Holds the time of one submission of a command list, by both clocks.
struct Sample {
    double device_us = 0;  ///< first command to last; the host's time where the device has no timestamps
    double host_us = 0;    ///< from submit() until the host knows that it is done
};

/// Submits a command list again and again, one submission at a time.
class TimedList {
  public:
    TimedList(Device&, const std::function<void(CommandList&)>& record);

    Sample run();
    /// Runs this many submissions, after one that is not counted.
    std::vector<Sample> run(size_t submissions);

  private:
    Device& device_;
    CommandList list_;
};

/// Returns how often something that takes `once_us` must be repeated to last `least_us`: 1 to `most` times.
size_t repeats_for(double once_us, double least_us, size_t most);

double median_device_us(const std::vector<Sample>&);
double median_host_us(const std::vector<Sample>&);

}  // namespace vkm::engine
