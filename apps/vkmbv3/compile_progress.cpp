#include "compile_progress.h"

#include "common_options.h"

#include <fmt/core.h>

namespace vkm::apps {

void CompileProgress::operator()(size_t done, size_t total) {
    using namespace std::chrono_literals;
    if (quiet_) return;
    const auto now = std::chrono::steady_clock::now();
    const bool finished = done == total;
    if (now - start_ < 1s || (finished && !shown_) || (!finished && now - last_ < 200ms)) return;
    last_ = now;
    if (on_terminal()) {
        fmt::print(stderr, "\rcompiling kernels {}/{}{}", done, total, finished ? "\n" : "");
    } else if (finished || !shown_) {
        fmt::print(stderr, "compiling kernels {}/{}\n", done, total);
    }
    shown_ = true;
}

}  // namespace vkm::apps
