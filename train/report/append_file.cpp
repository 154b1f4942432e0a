#include <train/report/append_file.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace vkm::train {

AppendFile::AppendFile(const std::filesystem::path& path, Existing existing) : path_(path) {
    const int flags = O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | (existing == Existing::refuse ? O_EXCL : 0);
    descriptor_ = ::open(path.c_str(), flags, 0666);
    struct stat status {};
    if (descriptor_ < 0) fail("opened", errno);
    if (::fstat(descriptor_, &status) != 0) {
        const int error = errno;
        ::close(descriptor_);
        fail("opened", error);
    }
    bytes_ = static_cast<uint64_t>(status.st_size);
}

AppendFile::~AppendFile() {
    ::close(descriptor_);
}

void AppendFile::append(std::span<const std::byte> record) {
    ssize_t written = 0;
    do
        written = ::write(descriptor_, record.data(), record.size());
    while (written < 0 && errno == EINTR);
    if (written == static_cast<ssize_t>(record.size())) {
        bytes_ += record.size();
        return;
    }
    // A short write to a regular file means that there is no room for the rest.
    const int error = written < 0 ? errno : ENOSPC;
    if (written > 0) truncate(bytes_);
    fail("written", error);
}

void AppendFile::truncate(uint64_t bytes) {
    if (::ftruncate(descriptor_, static_cast<off_t>(bytes)) != 0) fail("truncated", errno);
    bytes_ = bytes;
}

void AppendFile::fail(const char* doing, int error) const {
    const char* advice = error == EEXIST                     ? "resume that run or choose another folder"
                         : error == ENOSPC || error == EFBIG ? "free some space and resume the run"
                                                             : "check the folder and its permissions";
    throw ReportError("{}: cannot be {}: {}; {}", path_.string(), doing,
                      std::generic_category().message(error), advice);
}

}  // namespace vkm::train
