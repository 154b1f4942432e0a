#include "cli/compile_progress.h"

#include "cli/common_options.h"

#include <fmt/core.h>

#include <cstdio>

namespace vkm::apps {
namespace {

constexpr std::chrono::seconds delay{1};

}  // namespace

void CompileProgress::operator()(size_t done, size_t total) {
    if (quiet_) return;
    if (!on_terminal()) return print_line(done, total);
    if (!bar_) bar_.emplace("compiling kernels", total, ProgressBar::Options{.delay = delay});
    bar_->update(done);
    if (done == total) bar_.reset();
}

void CompileProgress::print_line(size_t done, size_t total) {
    if (std::chrono::steady_clock::now() - start_ < delay || printed_ == (done != total)) return;
    // Never throws: a reader that went away must not end a run.
    std::fputs(fmt::format("compiling kernels {}/{}\n", done, total).c_str(), stderr);
    printed_ = true;
}

}  // namespace vkm::apps
