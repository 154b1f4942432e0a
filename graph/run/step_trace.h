#pragma once

#include <graph/run/schedule.h>

#include <chrono>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

namespace vkm::graph {

/// Names who does something in a step: a device's host thread, its queue, its link to the host's memory, the thread that
/// combines what devices give, or the caller.
struct TraceTrack {
    enum class Kind : uint8_t { caller, host, queue, link, exchange };
    Kind kind = Kind::caller;
    size_t device = 0;  ///< of host, queue and link

    auto operator<=>(const TraceTrack&) const = default;
};

/// Says who did what, and when: in seconds since the trace began.
struct TraceEvent {
    TraceTrack track;
    std::string name;
    uint64_t step = 0;
    double begin = 0, end = 0;
};

/// Says how long the parts of a segment take on the device, in seconds.
struct SegmentSeconds {
    double loads = 0, work = 0, stores = 0;
};

/// Plans steps of a schedule a device as if nothing came in between: every queue begins a segment as soon as it was
/// submitted and the one before is done, host threads take no time, and a reduction takes `exchanges[number]` seconds. Pure.
std::vector<TraceEvent> planned_steps(const std::vector<Schedule>&,
                                      const std::vector<std::vector<SegmentSeconds>>& devices,
                                      const std::vector<double>& exchanges, size_t steps);

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

/// Returns both as JSON in the trace event format that chrome://tracing and ui.perfetto.dev read. `devices`: their names.
std::string chrome_trace(const std::vector<TraceEvent>& measured, const std::vector<TraceEvent>& planned,
                         const std::vector<std::string>& devices);

}  // namespace vkm::graph
