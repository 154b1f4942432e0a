#include <base/child_process.h>

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <fstream>

namespace vkm {
namespace {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool memory_is_limited = false;  // sanitizers reserve terabytes
#else
constexpr bool memory_is_limited = true;
#endif

using Resource = decltype(RLIMIT_AS);  // glibc has a type of its own, others an int

void limit(Resource resource, rlim_t most) {
    rlimit current{};
    if (getrlimit(resource, &current) != 0) return;
    current.rlim_cur = current.rlim_max == RLIM_INFINITY ? most : std::min(most, current.rlim_max);
    setrlimit(resource, &current);
}

rlim_t memory_in_use() {
    rlim_t pages = 0;
    std::ifstream("/proc/self/statm") >> pages;
    return pages * static_cast<rlim_t>(sysconf(_SC_PAGESIZE));
}

bool write_all(int to, const std::string& text) {
    for (size_t done = 0; done < text.size();) {
        const ssize_t count = write(to, text.data() + done, text.size() - done);
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) return false;
        done += static_cast<size_t>(count);
    }
    return true;
}

/// Is the child. Never returns, and flushes nothing that the parent has buffered.
[[noreturn]] void run(int to, const std::function<std::string()>& work, const ChildLimits& limits) {
    for (const int crash : {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL})
        std::signal(crash, SIG_DFL);
    limit(RLIMIT_CORE, 0);
    limit(RLIMIT_CPU, limits.seconds);
    if (memory_is_limited) limit(RLIMIT_AS, memory_in_use() + limits.memory_bytes);
    try {
        _exit(write_all(to, work()) ? 0 : 1);
    } catch (...) {
        _exit(1);
    }
}

}  // namespace

std::optional<std::string> in_child_process(const std::function<std::string()>& work,
                                            const ChildLimits& limits) {
    std::array<int, 2> ends{};
    if (pipe(ends.data()) != 0) return {};
    const pid_t child = fork();
    if (child == 0) {
        close(ends[0]);
        run(ends[1], work, limits);
    }
    close(ends[1]);
    std::string result;
    std::array<char, 4096> block{};
    bool too_long = false;
    while (child > 0 && !too_long) {
        const ssize_t count = read(ends[0], block.data(), block.size());
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0) break;
        result.append(block.data(), static_cast<size_t>(count));
        too_long = result.size() > limits.result_bytes;
    }
    close(ends[0]);  // a child that still writes fails
    if (child < 0) return {};
    int status = 0;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR) {
    }
    if (too_long || !WIFEXITED(status) || WEXITSTATUS(status) != 0) return {};
    return result;
}

}  // namespace vkm
