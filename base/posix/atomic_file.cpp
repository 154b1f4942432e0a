#include <base/atomic_file.h>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <new>
#include <system_error>
#include <utility>

namespace vkm {
namespace {

std::string reason(int error) {
    return std::generic_category().message(error);
}

std::string_view advice(int error) {
    switch (error) {
        case ENOSPC:
        case EDQUOT:
        case EFBIG:
            return "free some space or write elsewhere";
        case ENOENT:
        case ENOTDIR:
            return "create the folder first";
        case EISDIR:
            return "name a file in it";
        case EACCES:
        case EPERM:
        case EROFS:
            return "choose a folder you may write to";
        default:
            return "check the disk or write elsewhere";
    }
}

class Descriptor {
  public:
    explicit Descriptor(int descriptor) : descriptor_(descriptor) {}
    ~Descriptor() {
        if (descriptor_ >= 0) ::close(descriptor_);
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    int get() const { return descriptor_; }

  private:
    int descriptor_;
};

}  // namespace

std::vector<std::byte> read_file(const std::filesystem::path& path) {
    const auto fail = [&](int error) {
        return FileError("{}: cannot be read: {}; check the path and its permissions", path.string(),
                         reason(error));
    };
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    struct stat status {};
    if (file.get() < 0 || ::fstat(file.get(), &status) != 0) throw fail(errno);
    if (S_ISDIR(status.st_mode)) throw fail(EISDIR);
    // The size is a hint only: a pipe has none, and the file may change while it is read.
    std::vector<std::byte> bytes;
    size_t filled = 0;
    try {
        bytes.resize(static_cast<size_t>(std::max<off_t>(status.st_size, 0)) + 1);
        for (;;) {
            const ssize_t got = ::read(file.get(), bytes.data() + filled, bytes.size() - filled);
            if (got < 0 && errno == EINTR) continue;
            if (got < 0) throw fail(errno);
            if (got == 0) break;
            filled += static_cast<size_t>(got);
            if (filled == bytes.size()) bytes.resize(2 * bytes.size());
        }
    } catch (const std::bad_alloc&) {
        throw fail(ENOMEM);
    }
    bytes.resize(filled);
    return bytes;
}

AtomicFile::AtomicFile(const std::filesystem::path& destination) : destination_(destination) {
    std::error_code ignored;
    if (std::filesystem::is_symlink(destination_, ignored)) {
        const auto target = std::filesystem::weakly_canonical(destination_, ignored);
        if (!ignored) destination_ = target;
    }
    struct stat status {};
    const bool exists = ::stat(destination_.c_str(), &status) == 0;
    if (exists && !S_ISREG(status.st_mode))
        fail("be replaced, not being a regular file", S_ISDIR(status.st_mode) ? EISDIR : EINVAL);

    // Not mkstemp(), which ignores the umask. O_EXCL makes the name ours, whoever else writes here.
    const auto stem = destination_.parent_path() / ("." + destination_.filename().string());
    for (int attempt = 0; descriptor_ < 0; ++attempt) {
        temporary_ = fmt::format("{}.{}-{}.tmp", stem.string(), ::getpid(), attempt);
        descriptor_ = ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        if (descriptor_ < 0 && (errno != EEXIST || attempt == 1000)) fail("be created", errno);
    }
    if (exists && ::fchmod(descriptor_, status.st_mode & 07777) != 0) {
        const int error = errno;
        ::close(descriptor_);
        ::unlink(temporary_.c_str());
        fail("be created", error);
    }
}

AtomicFile::~AtomicFile() {
    if (descriptor_ < 0) return;
    ::close(descriptor_);
    ::unlink(temporary_.c_str());
}

void AtomicFile::write(std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
        const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) fail("be written", errno);
        bytes = bytes.subspan(static_cast<size_t>(written));
    }
}

void AtomicFile::write_at(uint64_t offset, std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
        const ssize_t written = ::pwrite(descriptor_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) fail("be written", errno);
        offset += static_cast<uint64_t>(written);
        bytes = bytes.subspan(static_cast<size_t>(written));
    }
}

void AtomicFile::commit() {
    if (::fsync(descriptor_) != 0) fail("be written", errno);
    // close() may report a write that network file systems deferred.
    const int closed = ::close(std::exchange(descriptor_, -1));
    const int close_error = errno;
    if (closed != 0 || ::rename(temporary_.c_str(), destination_.c_str()) != 0) {
        const int error = closed != 0 ? close_error : errno;
        ::unlink(temporary_.c_str());
        fail("be written", error);
    }
    const auto parent = destination_.parent_path();
    const Descriptor folder(
        ::open(parent.empty() ? "." : parent.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    // Some file systems cannot sync a folder (EINVAL); the rename is then as durable as they make it.
    if (folder.get() < 0 || (::fsync(folder.get()) != 0 && errno != EINVAL)) fail("be synced", errno);
}

void AtomicFile::fail(std::string_view doing, int error) const {
    throw FileError("{}: cannot {}: {}; {}", destination_.string(), doing, reason(error), advice(error));
}

}  // namespace vkm
