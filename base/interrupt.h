#pragma once

#include <atomic>

namespace vkm {

/// Makes the first Ctrl-C (or SIGTERM) set the flag that is returned, so that a program can finish what it
/// must not leave half done. A second one ends the program at once. From then on, writing to a pipe that
/// nobody reads any more fails instead of ending the program.
const std::atomic<bool>& watch_for_interrupt();

/// Returns what an interrupted program exits with: 128 + the signal's number, as shells have it.
int interrupt_status();

}  // namespace vkm
