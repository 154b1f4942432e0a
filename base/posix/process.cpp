#include <base/process.h>

#include <sys/resource.h>
#include <unistd.h>

namespace vkm {
namespace {

double seconds(const timeval& time) {
    return static_cast<double>(time.tv_sec) + 1e-6 * static_cast<double>(time.tv_usec);
}

}  // namespace

uint64_t process_id() {
    return static_cast<uint64_t>(::getpid());
}

std::filesystem::path program_file() {
    std::error_code unknown;
    return std::filesystem::read_symlink("/proc/self/exe", unknown);
}

std::vector<std::string> program_arguments(int argc, char** argv) {
    return {argv, argv + argc};
}

double processor_seconds() {
    rusage usage{};
    ::getrusage(RUSAGE_SELF, &usage);
    return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}

}  // namespace vkm
