#pragma once

namespace vkm {

/// Has the calling thread, and the threads that it starts from now on, work when nobody at usual priority wants the
/// processor. That cannot be taken back. On Windows threads hand no priority on, so that it is the calling thread
/// alone. Does nothing where the system has no priority of single threads.
void work_in_background();

}  // namespace vkm
