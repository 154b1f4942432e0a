#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace vkm::train {

/// Knows how long one device takes for its share of a step, by the share's size: t(n) = a + b n. A device has some time a
/// step, `a`, that does not depend on its images: launches, weights, the update.
///
/// Two measurements at sizes that differ give both. Before the second, a is taken for 0.
class DevicePace {
  public:
    /// Takes a measurement. One that contradicts what was measured at the same size ends what was known before: the
    /// device throttles, or something else computes on it.
    void add(int64_t images, double seconds);

    /// Returns the time of a step with so many images. Precondition: something was measured.
    double seconds(double images) const;
    /// Returns how many images a step of so many seconds may have; 0 or less where there is time for none.
    double images(double seconds) const;

  private:
    struct Measured {
        int64_t images;
        double seconds;
    };
    double per_image() const;

    std::optional<Measured> latest_, before_;  ///< of different sizes
};

/// Returns how many images each device should have of a batch so that all of them end at once, in fractions. A device
/// that a step has no time for gets nearly none, and none gets more than its `most`, which hold a batch together.
std::vector<double> images_that_end_at_once(std::span<const DevicePace>, std::span<const int64_t> most,
                                            int64_t batch_size);

}  // namespace vkm::train
