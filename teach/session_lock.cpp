#include <base/atomic_file.h>
#include <teach/session_lock.h>
#include <teach/teach_error.h>

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace vkm::teach {

SessionLock::SessionLock(const std::filesystem::path& folder) {
    std::error_code failed;
    std::filesystem::create_directories(folder, failed);
    if (failed) throw FileError("{} cannot be made: {}", folder.string(), failed.message());
    descriptor_ = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor_ < 0) throw FileError("{} cannot be opened: {}", folder.string(), std::strerror(errno));
    // A file system without locks has none to respect.
    if (::flock(descriptor_, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
        ::close(descriptor_);
        throw TeachError(
            "the session {} is open already: close the program that has it, or name another folder",
            folder.string());
    }
}

SessionLock::~SessionLock() {
    ::close(descriptor_);
}

}  // namespace vkm::teach
