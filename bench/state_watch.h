#pragma once

#include <bench/device_state.h>
#include <engine/plan/snapshot.h>

#include <nlohmann/json_fwd.hpp>

#include <memory>
#include <optional>
#include <string>

namespace vkm::bench {

/// Watches the state of a device from a thread of its own, every second, until it is destroyed.
class StateWatch {
  public:
    explicit StateWatch(const engine::DeviceSnapshot&);
    ~StateWatch();
    StateWatch(const StateWatch&) = delete;

    struct Seen {
        DeviceState least, most;  ///< what holds the clocks down, in `most`: at any time
    };
    /// Returns what was seen so far.
    std::optional<Seen> seen() const;

  private:
    struct Thread;
    std::unique_ptr<Thread> thread_;
};

/// Returns what was seen with one state more. What is not known at a time changes nothing.
StateWatch::Seen seen_with(const StateWatch::Seen&, const DeviceState&);

/// Says it in a line: "1500 to 1980 MHz, memory 2619 MHz, 41 to 63 °C, held down by heat".
std::string in_words(const StateWatch::Seen&);

/// Returns the members "clocks", "temperature" and "held_by" of a result, as far as they are known.
nlohmann::json to_json(const StateWatch::Seen&);

}  // namespace vkm::bench
