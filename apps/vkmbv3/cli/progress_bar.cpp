#include "cli/progress_bar.h"

#include <base/terminal.h>

#include <fmt/format.h>

#include <algorithm>

namespace vkm::apps {
namespace {

constexpr size_t bar_columns = 24, usual_columns = 80;
constexpr auto interval = std::chrono::milliseconds(100);
constexpr double longest_shown_seconds = 1e7;

std::string time_left(const ProgressState& state) {
    if (state.done == 0 || !state.total || state.done >= *state.total) return "";
    const double left =
        state.seconds / static_cast<double>(state.done) * static_cast<double>(*state.total - state.done);
    const std::string text = duration_text(left);
    return text.empty() ? "" : text + " left";
}

std::string bar(const ProgressState& state) {
    if (!state.total) return "";
    const double share = *state.total > 0 ? static_cast<double>(std::min(state.done, *state.total)) /
                                                static_cast<double>(*state.total)
                                          : 1;
    const auto filled = static_cast<size_t>(share * bar_columns);
    return "[" + std::string(filled, '#') + std::string(bar_columns - filled, '.') + "]";
}

std::string joined(std::initializer_list<std::string> parts) {
    std::string line;
    for (const std::string& part : parts)
        if (!part.empty()) line += (line.empty() ? "" : "  ") + part;
    return line;
}

}  // namespace

std::string duration_text(double duration) {
    if (!(duration >= 0 && duration < longest_shown_seconds)) return "";
    const auto seconds = static_cast<uint64_t>(duration + 0.5);
    if (seconds < 3600) return fmt::format("{}:{:02}", seconds / 60, seconds % 60);
    return fmt::format("{}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
}

std::string progress_line(const ProgressState& state, size_t columns) {
    const std::string count =
        state.total ? fmt::format("{}/{}", state.done, *state.total) : fmt::format("{}", state.done);
    std::string line = joined({state.label, bar(state), count, state.details, time_left(state), state.tail});
    if (line.size() > columns)
        line = joined({state.label, count, state.details, time_left(state), state.tail});
    return line.substr(0, columns);
}

ProgressBar::ProgressBar(std::string label, std::optional<uint64_t> total, const Options& options)
    : label_(std::move(label)),
      total_(total),
      options_(options),
      shown_(!options.quiet && is_terminal(options.descriptor)) {}

ProgressBar::~ProgressBar() {
    clear();
}

void ProgressBar::update(uint64_t done, const std::string& details, const std::string& tail) {
    const auto now = Clock::now();
    if (!shown_ || now - start_ < options_.delay || (now < next_ && done != total_)) return;
    next_ = now + interval;
    const ProgressState state{label_,  done, total_, std::chrono::duration<double>(now - start_).count(),
                              details, tail};
    // A line that fills the last column would wrap on some terminals.
    write_to(options_.descriptor,
             "\r" + progress_line(state, terminal_columns(options_.descriptor).value_or(usual_columns) - 1) +
                 "\x1b[K");
    drawn_ = true;
}

void ProgressBar::clear() {
    if (drawn_) write_to(options_.descriptor, "\r\x1b[K");
    drawn_ = false;
    next_ = Clock::now();
}

}  // namespace vkm::apps
