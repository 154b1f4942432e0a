#include <graph/run/chrome_trace.h>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include <map>
#include <set>

namespace vkm::graph {
namespace {

using Kind = TraceTrack::Kind;

std::string name_of(const TraceTrack& track, const std::vector<std::string>& devices) {
    const std::string device = track.device < devices.size() ? devices[track.device] : "";
    switch (track.kind) {
        case Kind::caller:
            return "training thread";
        case Kind::host:
            return fmt::format("host thread of {}: {}", track.device, device);
        case Kind::queue:
            return fmt::format("queue of {}: {}", track.device, device);
        case Kind::link:
            return fmt::format("link of {}: {}", track.device, device);
        case Kind::exchange:
            return "exchange between devices";
    }
    return {};
}

// Returns a number for a track that puts the tracks of a device side by side.
size_t thread_of(const TraceTrack& track) {
    constexpr size_t of_device = 3;
    switch (track.kind) {
        case Kind::caller:
            return 1;
        case Kind::exchange:
            return 2;
        case Kind::host:
            return 3 + track.device * of_device;
        case Kind::queue:
            return 4 + track.device * of_device;
        case Kind::link:
            return 5 + track.device * of_device;
    }
    return 0;
}

nlohmann::json said(const char* what, size_t process, size_t thread, const std::string& name) {
    return {{"ph", "M"}, {"name", what}, {"pid", process}, {"tid", thread}, {"args", {{"name", name}}}};
}

void add(nlohmann::json& all, size_t process, const std::string& title, const std::vector<TraceEvent>& events,
         const std::vector<std::string>& devices) {
    constexpr double microseconds = 1e6;
    all.push_back(said("process_name", process, 0, title));
    std::set<TraceTrack> tracks;
    for (const TraceEvent& event : events)
        tracks.insert(event.track);
    for (const TraceTrack& track : tracks)
        all.push_back(said("thread_name", process, thread_of(track), name_of(track, devices)));
    for (const TraceEvent& event : events)
        all.push_back({{"ph", "X"},
                       {"name", event.name},
                       {"pid", process},
                       {"tid", thread_of(event.track)},
                       {"ts", event.begin * microseconds},
                       {"dur", (event.end - event.begin) * microseconds},
                       {"args", {{"step", event.step + 1}}}});
}

}  // namespace

std::string chrome_trace(const std::vector<TraceEvent>& measured, const std::vector<TraceEvent>& planned,
                         const std::vector<std::string>& devices) {
    nlohmann::json events = nlohmann::json::array();
    add(events, 1, "measured", measured, devices);
    add(events, 2, "planned", planned, devices);
    return nlohmann::json{{"displayTimeUnit", "ms"}, {"traceEvents", events}}.dump(1) + "\n";
}

}  // namespace vkm::graph
