#include "registry.h"
#include "text.h"

#include <windows.h>

namespace vkm::windows {

std::string registry_text(const wchar_t* key, const wchar_t* name) {
    wchar_t text[512];
    DWORD bytes = sizeof text;
    if (::RegGetValueW(HKEY_LOCAL_MACHINE, key, name, RRF_RT_REG_SZ, nullptr, text, &bytes) != ERROR_SUCCESS)
        return {};
    return to_utf8(text);
}

uint32_t registry_number(const wchar_t* key, const wchar_t* name) {
    DWORD number = 0, bytes = sizeof number;
    ::RegGetValueW(HKEY_LOCAL_MACHINE, key, name, RRF_RT_REG_DWORD, nullptr, &number, &bytes);
    return number;
}

std::vector<std::string> registry_names(const wchar_t* key) {
    std::vector<std::string> names;
    HKEY opened = nullptr;
    if (::RegOpenKeyExW(HKEY_LOCAL_MACHINE, key, 0, KEY_READ, &opened) != ERROR_SUCCESS) return names;
    std::wstring name(16'384, L'\0');  // the longest there is
    for (DWORD i = 0;; ++i) {
        auto size = static_cast<DWORD>(name.size());
        if (::RegEnumValueW(opened, i, name.data(), &size, nullptr, nullptr, nullptr, nullptr) !=
            ERROR_SUCCESS)
            break;
        names.push_back(to_utf8({name.data(), size}));
    }
    ::RegCloseKey(opened);
    return names;
}

}  // namespace vkm::windows
