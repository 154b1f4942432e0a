#include <base/process.h>
#include <base/processor_times.h>

#include <windows.h>

namespace vkm {
namespace {

double seconds_of(const FILETIME& time) {
    constexpr double ticks = 1e7;  // of 100 ns
    return (4294967296.0 * time.dwHighDateTime + time.dwLowDateTime) / ticks;
}

}  // namespace

// A guest of another machine is not told what that takes away.
std::optional<ProcessorTimes> processor_times(const std::filesystem::path&) {
    FILETIME idle, kernel, user;
    if (!::GetSystemTimes(&idle, &kernel, &user)) return {};
    // What is idle counts as the kernel's.
    const double all = seconds_of(kernel) + seconds_of(user);
    return ProcessorTimes{.all = all, .busy = all - seconds_of(idle), .mine = processor_seconds()};
}

}  // namespace vkm
