#include <base/process.h>

#include <sys/resource.h>
#include <unistd.h>
#if defined(__APPLE__)
#include <mach-o/dyld.h>
#endif

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
#if defined(__APPLE__)
    uint32_t bytes = 0;
    ::_NSGetExecutablePath(nullptr, &bytes);
    std::string name(bytes, '\0');
    if (::_NSGetExecutablePath(name.data(), &bytes) != 0) return {};
    return std::filesystem::canonical(name.c_str(), unknown);  // it may lead over links
#else
    return std::filesystem::read_symlink("/proc/self/exe", unknown);
#endif
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
