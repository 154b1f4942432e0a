#include <base/file_end.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace vkm {
namespace {

std::error_code last_error() {
    return {errno, std::generic_category()};
}

}  // namespace

FileEnd::~FileEnd() {
    if (descriptor_ >= 0) ::close(descriptor_);
}

std::error_code FileEnd::open(const std::filesystem::path& path, bool fresh, uint64_t& size) {
    const int flags = O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | (fresh ? O_EXCL : 0);
    descriptor_ = ::open(path.c_str(), flags, 0666);
    struct stat status {};
    if (descriptor_ < 0 || ::fstat(descriptor_, &status) != 0) return last_error();
    size = static_cast<uint64_t>(status.st_size);
    return {};
}

std::error_code FileEnd::append(std::span<const std::byte> bytes, size_t& written) {
    ssize_t count = 0;
    do
        count = ::write(descriptor_, bytes.data(), bytes.size());
    while (count < 0 && errno == EINTR);
    written = count < 0 ? 0 : static_cast<size_t>(count);
    return count < 0 ? last_error() : std::error_code();
}

std::error_code FileEnd::truncate(uint64_t bytes) {
    return ::ftruncate(descriptor_, static_cast<off_t>(bytes)) != 0 ? last_error() : std::error_code();
}

}  // namespace vkm
