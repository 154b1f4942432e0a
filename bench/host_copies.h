#pragma once

#include <graph/run/planned_device.h>

namespace vkm::bench {

// Rates between the host's memory and the device's, in 1e9 bytes a second. What comes back is compared with
// what was sent: each throws vkm::Error where it differs.

/// Holds the rates of copies as programs make them: from and to pages of the process.
struct WholeCopies {
    double upload = 0, download = 0;
};
WholeCopies whole_copies(graph::PlannedDevice&);

/// Holds the rates of their two halves: the host's, into and out of memory that is mapped for both, and the
/// device's, between that and its own.
struct CopyHalves {
    double upload_mapped = 0, upload_copy = 0, download_copy = 0, download_mapped = 0;
};
CopyHalves copy_halves(graph::PlannedDevice&);

}  // namespace vkm::bench
