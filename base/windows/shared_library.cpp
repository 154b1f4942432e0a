#include "handle.h"
#include "text.h"

#include <base/shared_library.h>

namespace vkm {

SharedLibrary::SharedLibrary(const std::string& name)
    : handle_(::LoadLibraryW(windows::to_utf16(name).c_str())) {
    if (handle_ == nullptr) problem_ = windows::last_error().message();
}

void* SharedLibrary::symbol(const char* name) const {
    if (handle_ == nullptr) return nullptr;
    return reinterpret_cast<void*>(::GetProcAddress(static_cast<HMODULE>(handle_), name));
}

}  // namespace vkm
