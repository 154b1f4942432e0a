#include "handle.h"

#include <base/file_end.h>

#include <fcntl.h>
#include <io.h>

namespace vkm {

using windows::handle_of;

FileEnd::~FileEnd() {
    if (descriptor_ >= 0) ::_close(descriptor_);
}

std::error_code FileEnd::open(const std::filesystem::path& path, bool fresh, uint64_t& size) {
    const HANDLE file = ::CreateFileW(path.c_str(), GENERIC_WRITE, windows::shared_with_all, nullptr,
                                      fresh ? CREATE_NEW : OPEN_ALWAYS, FILE_ATTRIBUTE_NORMAL, nullptr);
    if (file == INVALID_HANDLE_VALUE) return windows::last_error();
    descriptor_ = ::_open_osfhandle(reinterpret_cast<intptr_t>(file), _O_BINARY);
    LARGE_INTEGER bytes{};
    if (!::GetFileSizeEx(file, &bytes)) return windows::last_error();
    size = static_cast<uint64_t>(bytes.QuadPart);
    return {};
}

std::error_code FileEnd::append(std::span<const std::byte> bytes, size_t& written) {
    // Means the end, wherever it is: other processes may append, too.
    OVERLAPPED end{};
    end.Offset = end.OffsetHigh = 0xffffffff;
    DWORD count = 0;
    const BOOL done =
        ::WriteFile(handle_of(descriptor_), bytes.data(), static_cast<DWORD>(bytes.size()), &count, &end);
    written = count;
    return done ? std::error_code() : windows::last_error();
}

std::error_code FileEnd::truncate(uint64_t bytes) {
    FILE_END_OF_FILE_INFO end{};
    end.EndOfFile.QuadPart = static_cast<LONGLONG>(bytes);
    return ::SetFileInformationByHandle(handle_of(descriptor_), FileEndOfFileInfo, &end, sizeof end)
               ? std::error_code()
               : windows::last_error();
}

}  // namespace vkm
