#include <train/data/recording.h>

#include <fmt/format.h>

#include <charconv>

namespace vkm::train {
namespace {

constexpr std::string_view between = "-frame";

// Reads a number off the front of `text`.
std::optional<int64_t> take_number(std::string_view& text) {
    int64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || number < 0 || text.front() == '-') return {};
    text.remove_prefix(static_cast<size_t>(end - text.data()));
    return number;
}

}  // namespace

std::string file_stem(const RecordedFrame& of) {
    return fmt::format("{:06}{}{:04}", of.recording, between, of.frame);
}

std::optional<RecordedFrame> recorded_frame(std::string_view name) {
    const std::optional<int64_t> recording = take_number(name);
    if (!recording || !name.starts_with(between)) return {};
    name.remove_prefix(between.size());
    const std::optional<int64_t> frame = take_number(name);
    if (!frame || (!name.empty() && name.front() != '.')) return {};
    return RecordedFrame{*recording, *frame};
}

}  // namespace vkm::train
