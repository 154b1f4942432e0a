#include <base/quantile.h>
#include <graph/run/planned_steps.h>
#include <graph/run/step_trace.h>

#include <algorithm>
#include <map>

namespace vkm::graph {
namespace {

using Kind = TraceTrack::Kind;

double median_of(std::vector<double> values) {
    return values.empty() ? 0 : median(std::move(values));
}

}  // namespace

void StepTrace::begin(std::vector<Schedule> schedules) {
    const std::lock_guard lock(mutex_);
    schedules_ = std::move(schedules);
    events_.clear();
    parts_.clear();
    begun_ = std::chrono::steady_clock::now();
}

double StepTrace::now() const {
    const std::lock_guard lock(mutex_);
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begun_).count();
}

void StepTrace::add(TraceEvent event) {
    const std::lock_guard lock(mutex_);
    events_.push_back(std::move(event));
}

void StepTrace::add(DevicePart part) {
    const std::lock_guard lock(mutex_);
    parts_.push_back(std::move(part));
}

std::vector<TraceEvent> StepTrace::measured() const {
    const std::lock_guard lock(mutex_);
    std::map<size_t, double> offsets;  // by device: the host's time less the device's
    for (const DevicePart& part : parts_) {
        const double offset = part.submitted - part.clock_begin;
        const auto [known, first] = offsets.try_emplace(part.device, offset);
        if (!first) known->second = std::max(known->second, offset);
    }
    std::vector<TraceEvent> events = events_;
    for (const DevicePart& part : parts_) {
        const double offset = offsets.at(part.device);
        events.push_back({{part.moves ? Kind::link : Kind::queue, part.device},
                          part.name,
                          part.step,
                          part.clock_begin + offset,
                          part.clock_end + offset});
    }
    std::ranges::stable_sort(events, {}, &TraceEvent::begin);
    return events;
}

std::vector<TraceEvent> StepTrace::planned() const {
    const std::lock_guard lock(mutex_);
    struct Times {
        std::vector<double> loads, work, stores;
    };
    std::map<std::pair<size_t, size_t>, Times> times;  // by device and segment
    for (const DevicePart& part : parts_) {
        Times& segment = times[{part.device, part.segment}];
        const double seconds = part.clock_end - part.clock_begin;
        (!part.moves            ? segment.work
         : part.name == "takes" ? segment.loads
                                : segment.stores)
            .push_back(seconds);
    }
    std::vector<std::vector<SegmentSeconds>> devices(schedules_.size());
    for (size_t device = 0; device < schedules_.size(); ++device)
        for (size_t segment = 0; segment < schedules_[device].segments.size(); ++segment) {
            Times& measured = times[{device, segment}];
            devices[device].push_back(
                {median_of(measured.loads), median_of(measured.work), median_of(measured.stores)});
        }
    std::map<std::string, std::vector<double>> exchanged;
    for (const TraceEvent& event : events_)
        if (event.track.kind == Kind::exchange) exchanged[event.name].push_back(event.end - event.begin);
    std::vector<double> exchanges;
    for (const Schedule& schedule : schedules_)
        for (const HostReduction& reduction : schedule.reductions) {
            if (!reduction.gives) continue;
            if (reduction.number >= exchanges.size()) exchanges.resize(reduction.number + 1, 0);
            exchanges[reduction.number] = median_of(exchanged[reduction.label]);
        }
    return planned_steps(schedules_, devices, exchanges, steps_);
}

}  // namespace vkm::graph
