#pragma once

#include <io.h>
#include <windows.h>

#include <system_error>

namespace vkm::windows {

/// Returns the reason for which the last call to the system failed.
inline std::error_code last_error() {
    return {static_cast<int>(::GetLastError()), std::system_category()};
}

/// Returns the handle behind a descriptor of the C library.
inline HANDLE handle_of(int descriptor) {
    return reinterpret_cast<HANDLE>(::_get_osfhandle(descriptor));
}

/// Owns a handle of the system's, or none.
class Handle {
  public:
    explicit Handle(HANDLE handle) : handle_(handle) {}
    ~Handle() {
        if (*this) ::CloseHandle(handle_);
    }
    Handle(const Handle&) = delete;
    Handle& operator=(const Handle&) = delete;

    explicit operator bool() const { return handle_ != INVALID_HANDLE_VALUE && handle_ != nullptr; }
    HANDLE get() const { return handle_; }

  private:
    HANDLE handle_;
};

/// Lets others read a file, rename it and remove it while it is open, as they may on other systems.
constexpr DWORD shared_with_all = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;

}  // namespace vkm::windows
