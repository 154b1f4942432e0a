#pragma once

#include <atomic>

namespace vkm::apps {

/// Makes the first Ctrl-C (or SIGTERM) set `interrupted()`, so that a command can finish what it must not leave half
/// done; a second one ends the program at once.
void watch_for_interrupt();
const std::atomic<bool>& interrupted();

}  // namespace vkm::apps
