#pragma once

#include <graph/run/schedule.h>
#include <graph/run/trace_event.h>

#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

namespace vkm::graph {

/// Collects what the host threads and the devices of an executor do in some of its steps. Safe from several threads.
class StepTrace {
  public:
    /// Keeps so many steps from the `first`-th on, counted from 0: the first ones are not like the others.
    StepTrace(uint64_t first, uint64_t steps) : first_(first), steps_(steps) {}

    /// Begins anew, for an executor whose devices have these schedules.
    void begin(std::vector<Schedule>);

    bool wants(uint64_t step) const { return step >= first_ && step < first_ + steps_; }
    double now() const;
    void add(TraceEvent);

    /// Is one part of a segment as its device's clock has it.
    struct DevicePart {
        size_t device = 0, segment = 0;
        uint64_t step = 0;
        std::string name;  ///< "takes", "gives" or what it computes
        bool moves = false;
        double submitted = 0;                   ///< when the segment was, since the trace began
        double clock_begin = 0, clock_end = 0;  ///< seconds of the device's clock
    };
    void add(DevicePart);

    /// Returns what was collected, by when it began. A device's clock is put beside the host's so that no segment begins
    /// before it was submitted, and at the earliest.
    std::vector<TraceEvent> measured() const;
    /// Returns planned_steps() of what was collected, with the medians of what parts and reductions took.
    std::vector<TraceEvent> planned() const;

  private:
    uint64_t first_, steps_;
    mutable std::mutex mutex_;
    std::chrono::steady_clock::time_point begun_ = std::chrono::steady_clock::now();
    std::vector<Schedule> schedules_;
    std::vector<TraceEvent> events_;
    std::vector<DevicePart> parts_;
};

}  // namespace vkm::graph
