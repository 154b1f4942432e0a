#include <train/report/append_file.h>

namespace vkm::train {

AppendFile::AppendFile(const std::filesystem::path& path, Existing existing) : path_(path) {
    if (const auto error = end_.open(path, existing == Existing::refuse, bytes_)) fail("opened", error);
}

void AppendFile::append(std::span<const std::byte> record) {
    size_t written = 0;
    std::error_code error = end_.append(record, written);
    if (!error && written == record.size()) {
        bytes_ += record.size();
        return;
    }
    // A short write to a regular file means that there is no room for the rest.
    if (!error) error = std::make_error_code(std::errc::no_space_on_device);
    if (written > 0) truncate(bytes_);
    fail("written", error);
}

void AppendFile::truncate(uint64_t bytes) {
    if (const auto error = end_.truncate(bytes)) fail("truncated", error);
    bytes_ = bytes;
}

void AppendFile::fail(const char* doing, const std::error_code& error) const {
    const bool full = error == std::errc::no_space_on_device || error == std::errc::file_too_large;
    const char* advice = error == std::errc::file_exists ? "resume that run or choose another folder"
                         : full                          ? "free some space and resume the run"
                                                         : "check the folder and its permissions";
    throw ReportError("{}: cannot be {}: {}; {}", path_.string(), doing, error.message(), advice);
}

}  // namespace vkm::train
