#pragma once

#include <graph/lower/program.h>

#include <vector>

namespace vkm::graph {

/// Names commands [first, last) that are submitted together. Before them the results of `loads` are copied to
/// the device; after them the regions of `stores` are copied to the host.
struct Segment {
    size_t first = 0, last = 0;
    std::vector<size_t> loads, stores;  ///< reductions
};

/// Describes a host task: to combine one region over devices. One of a single part is a transfer.
struct HostReduction {
    std::string label;
    Region region;
    Reduction reduction;
    bool gives = true, takes = true;  ///< whether this device has a part, and whether it gets the result
    size_t number = 0;                ///< among those of all devices
};

/// Describes one thing that a device's host thread does, in order. Only `await` waits for the device, and
/// only `collect` for other devices.
struct Action {
    enum class Kind : uint8_t {
        submit,      ///< segment `index`, without waiting
        await,       ///< until segment `index` is done
        contribute,  ///< this device's part of the reduction numbered `index` is on the host
        collect      ///< until the reduction numbered `index` is done
    };
    Kind kind;
    size_t index;

    bool operator==(const Action&) const = default;
};

struct Schedule {
    std::vector<Segment> segments;
    std::vector<HostReduction> reductions;
    std::vector<Action> actions;
};

/// Cuts a program at its host reductions. Pure. A reduction is contributed only after the segment behind it
/// has been submitted, so that the device has work while the host reduces. It is collected only before the
/// first segment that touches its region: gradient buckets are reduced while backward runs. Reductions are contributed
/// in the order of their numbers, which all devices' programs agree on. What a device only takes is loaded together with
/// all that it is to take before it goes on, because that mostly comes from one place at one time.
Schedule schedule(const Program&);

}  // namespace vkm::graph
