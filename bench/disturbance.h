#pragma once

#include <base/processor_times.h>

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

namespace vkm::bench {

/// Says what was otherwise than usual while something was measured, as shares.
struct Disturbance {
    double slower = 0;  ///< how much longer the same work took before or behind it than it usually does
    double others = 0;  ///< the part of the processors' time that other programs had
    double stolen = 0;  ///< the part that the machine had not, of which this one is a guest

    bool operator==(const Disturbance&) const = default;
};

/// Returns what the processors did for others between two times.
Disturbance disturbance_between(const ProcessorTimes& before, const ProcessorTimes& after);

/// Returns whether a measurement is to be doubted: where the same work took `most` longer, or, where it was one of the
/// processors themselves, where others had so much of them.
bool is_disturbed(const Disturbance&, double most, bool on_processors);

/// Says it: "12 % slower, 30 % of the cores for others, 2 % stolen".
std::string in_words(const Disturbance&);

/// Looks at the machine before and behind each of several measurements.
///
/// What the same work usually takes is the lower quartile of all times that it took: a disturbance only ever adds, and
/// may last for most of a run.
class DisturbanceWatch {
  public:
    /// Takes what the same work takes now, and the processors' times where they are known.
    void look(double microseconds, const std::optional<ProcessorTimes>&);

    /// Returns what was seen between two looks, by their numbers, both of them included.
    Disturbance between(size_t first, size_t last) const;
    size_t looks() const { return looks_.size(); }

  private:
    struct Look {
        double microseconds;
        std::optional<ProcessorTimes> processors;
    };
    std::vector<Look> looks_;
};

}  // namespace vkm::bench
