#include "app.h"

#include <base/error.h>

#include <fmt/core.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>
#include <CLI/CLI.hpp>

#include <algorithm>
#include <cstdio>

#if defined(__GLIBC__)
#include <malloc.h>
#endif

namespace {

int report(std::string message, int status) {
    std::ranges::replace(message, '\n', ' ');  // an error is one line
    std::fputs(fmt::format("vkmbv3-demo: error: {}\n", message).c_str(), stderr);
    return status;
}

void set_up_logging() {
    spdlog::set_default_logger(
        std::make_shared<spdlog::logger>("vkmbv3-demo", std::make_shared<spdlog::sinks::stderr_sink_mt>()));
    spdlog::set_pattern("vkmbv3-demo: %l: %v");
    spdlog::set_level(spdlog::level::warn);  // the window says the rest
}

// Frames are large blocks that come and go: they are to go back to the system, and not to widen every thread's heap.
void keep_heaps_small() {
#if defined(__GLIBC__)
    mallopt(M_MMAP_THRESHOLD, 256 << 10);
    mallopt(M_ARENA_MAX, 2);
#endif
}

}  // namespace

int main(int count, char** values) {
    keep_heaps_small();
    set_up_logging();
    try {
        const auto arguments = vkm::demo::parse_arguments(count, values);
        if (arguments) vkm::demo::App(*arguments).run();
        return 0;
    } catch (const CLI::ParseError& error) {
        if (error.get_exit_code() != 0) return report(std::string(error.what()) + "; see --help", 2);
        fmt::print("{}\n", error.what());
        return 0;
    } catch (const std::exception& error) {
        return report(error.what(), 1);
    }
}
