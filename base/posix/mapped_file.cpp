#include <base/mapped_file.h>

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csetjmp>
#include <csignal>
#include <system_error>

namespace vkm {
namespace {

/// Where this thread goes on when a page cannot be had; null: it does not expect that.
thread_local sigjmp_buf* volatile escape = nullptr;
struct sigaction action_before {};

void on_bus_error(int signal) {
    if (escape != nullptr) siglongjmp(*escape, 1);
    // Not ours: what was done before is done again by the instruction that failed.
    ::sigaction(signal, &action_before, nullptr);
}

void catch_bus_errors() {
    static const bool installed = [] {
        struct sigaction action {};
        action.sa_handler = on_bus_error;
        sigemptyset(&action.sa_mask);
        return ::sigaction(SIGBUS, &action, &action_before) == 0;
    }();
    (void)installed;
}

/// Calls madvise() on the pages that a range touches, or with `whole` on those that lie in it. Advice may be refused.
void advise(std::span<const std::byte> mapped, size_t offset, size_t count, int advice, bool whole) {
    static const auto page = static_cast<size_t>(::sysconf(_SC_PAGESIZE));
    const size_t end = std::min(mapped.size(), offset + count);
    const size_t first = (whole ? offset + page - 1 : offset) / page * page;
    const size_t last = whole ? end / page * page : end;
    if (first >= last) return;
    ::madvise(const_cast<std::byte*>(mapped.data()) + first, last - first, advice);
}

}  // namespace

MappedFile::MappedFile(const std::filesystem::path& path) {
    const auto fail = [&](int error) {
        return FileError("{}: cannot be read: {}; check the path and its permissions", path.string(),
                         std::generic_category().message(error));
    };
    const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (file < 0) throw fail(errno);
    struct stat status {};
    int error = ::fstat(file, &status) != 0 ? errno : 0;
    if (error == 0 && !S_ISREG(status.st_mode)) error = S_ISDIR(status.st_mode) ? EISDIR : EINVAL;
    void* mapped = nullptr;
    const auto size = static_cast<size_t>(status.st_size);
    if (error == 0 && size > 0) {
        mapped = ::mmap(nullptr, size, PROT_READ, MAP_SHARED, file, 0);
        if (mapped == MAP_FAILED) error = errno;
    }
    ::close(file);
    if (error != 0) throw fail(error);
    if (size > 0) bytes_ = {static_cast<const std::byte*>(mapped), size};
}

MappedFile::~MappedFile() {
    if (!bytes_.empty()) ::munmap(const_cast<std::byte*>(bytes_.data()), bytes_.size());
}

void MappedFile::will_need(size_t offset, size_t count) const {
    advise(bytes_, offset, count, MADV_WILLNEED, false);
}

void MappedFile::done_with(size_t offset, size_t count) const {
    advise(bytes_, offset, count, MADV_DONTNEED, true);
}

bool readable_while(const std::function<void()>& read) {
    catch_bus_errors();
    sigjmp_buf here;
    if (sigsetjmp(here, 1) != 0) {
        escape = nullptr;
        return false;
    }
    escape = &here;
    read();
    escape = nullptr;
    return true;
}

}  // namespace vkm
