#include <base/process.h>
#include <base/processor_times.h>

#include <unistd.h>

#include <array>
#include <fstream>
#include <numeric>
#include <string>

namespace vkm {

// Linux and Android: what the first line of /proc/stat counts, in ticks, is named by man 5 proc.
std::optional<ProcessorTimes> processor_times(const std::filesystem::path& root) {
    enum Kind { user, nice, system, idle, waiting, interrupts, soft_interrupts, stolen, kinds };
    std::ifstream file(root / "proc/stat");
    std::string name;
    std::array<double, kinds> ticks{};
    file >> name;
    for (double& count : ticks)
        file >> count;
    const double a_second = static_cast<double>(::sysconf(_SC_CLK_TCK));
    if (!file || name != "cpu" || a_second <= 0) return {};
    const double all = std::accumulate(ticks.begin(), ticks.end(), 0.0);
    return ProcessorTimes{
        .all = all / a_second,
        .busy = (all - ticks[idle] - ticks[waiting] - ticks[stolen]) / a_second,
        .mine = processor_seconds(),
        .stolen = ticks[stolen] / a_second,
    };
}

}  // namespace vkm
