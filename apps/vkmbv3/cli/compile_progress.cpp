#include "cli/compile_progress.h"

#include "cli/common_options.h"

#include <fmt/core.h>

#include <cstdio>
#include <string>

namespace vkm::apps {

namespace {

// A terminal that went away must not end a run: nothing throws.
void say(const std::string& text) {
    std::fputs(text.c_str(), stderr);
}

}  // namespace

void CompileProgress::operator()(size_t done, size_t total) {
    using namespace std::chrono_literals;
    if (quiet_) return;
    const auto now = std::chrono::steady_clock::now();
    const bool finished = done == total;
    if (now - start_ < 1s || (finished && !shown_) || (!finished && now - last_ < 200ms)) return;
    last_ = now;
    if (on_terminal()) {
        say(fmt::format("\rcompiling kernels {}/{}{}", done, total, finished ? "\n" : ""));
    } else if (finished || !shown_) {
        say(fmt::format("compiling kernels {}/{}\n", done, total));
    }
    shown_ = true;
}

}  // namespace vkm::apps
