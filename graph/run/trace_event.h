#pragma once

#include <compare>
#include <cstddef>
#include <cstdint>
#include <string>

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

}  // namespace vkm::graph
