#include "handle.h"

#include <base/atomic_file.h>
#include <base/folder.h>

#include <fcntl.h>
#include <io.h>

namespace vkm {
namespace {

/// Opens a file that is removed when it is closed, and that nobody else opens meanwhile.
HANDLE make_own_file(const std::filesystem::path& path) {
    return ::CreateFileW(path.c_str(), GENERIC_READ | GENERIC_WRITE, 0, nullptr, OPEN_ALWAYS,
                         FILE_ATTRIBUTE_HIDDEN | FILE_FLAG_DELETE_ON_CLOSE, nullptr);
}

}  // namespace

// Who may do what is decided by lists that only the system reads: it is asked to make a file.
bool may_write_into(const std::filesystem::path& folder) {
    const auto name = fmt::format(".{}.tmp", ::GetCurrentProcessId());
    return static_cast<bool>(windows::Handle(make_own_file(folder / name)));
}

FolderLock::FolderLock(const std::filesystem::path& folder) {
    const HANDLE file = make_own_file(folder / ".lock");
    if (file != INVALID_HANDLE_VALUE) {
        descriptor_ = ::_open_osfhandle(reinterpret_cast<intptr_t>(file), _O_BINARY);
        held_ = true;
    } else if (::GetLastError() != ERROR_SHARING_VIOLATION) {
        throw FileError("{} cannot be opened: {}", folder.string(), windows::last_error().message());
    }
}

FolderLock::~FolderLock() {
    if (descriptor_ >= 0) ::_close(descriptor_);
}

}  // namespace vkm
