#include "handle.h"

#include <base/atomic_file.h>

#include <fcntl.h>
#include <io.h>

#include <algorithm>
#include <new>
#include <utility>

namespace vkm {
namespace {

using windows::Handle;
using windows::handle_of;

// A call of the system's takes 32 bits of bytes.
constexpr size_t most_at_once = size_t{1} << 30;

std::string_view advice(int error) {
    switch (error) {
        case ERROR_DISK_FULL:
        case ERROR_HANDLE_DISK_FULL:
        case ERROR_FILE_TOO_LARGE:
            return "free some space or write elsewhere";
        case ERROR_FILE_NOT_FOUND:
        case ERROR_PATH_NOT_FOUND:
            return "create the folder first";
        case ERROR_ACCESS_DENIED:
        case ERROR_WRITE_PROTECT:
            return "close the program that has it open, or choose a folder you may write to";
        case ERROR_SHARING_VIOLATION:
        case ERROR_USER_MAPPED_FILE:
            return "close the program that has it open";
        case ERROR_FILENAME_EXCED_RANGE:
            return "choose a shorter path";
        default:
            return "check the disk or write elsewhere";
    }
}

int last_error() {
    return static_cast<int>(::GetLastError());
}

void remove(const std::string& file) {
    ::DeleteFileW(std::filesystem::path(file).c_str());
}

/// Puts a file in another's place, and waits for the disk. Whoever has the other one open for a moment, as virus
/// scanners and indexers do, is waited for.
bool move_over(const std::filesystem::path& from, const std::filesystem::path& to) {
    constexpr int tries = 40;
    constexpr DWORD milliseconds = 25;
    for (int attempt = 1;; ++attempt) {
        if (::MoveFileExW(from.c_str(), to.c_str(), MOVEFILE_REPLACE_EXISTING | MOVEFILE_WRITE_THROUGH))
            return true;
        const DWORD error = ::GetLastError();
        const bool may_pass = error == ERROR_SHARING_VIOLATION || error == ERROR_ACCESS_DENIED;
        if (!may_pass || attempt == tries) return false;
        ::Sleep(milliseconds);
        ::SetLastError(error);
    }
}

}  // namespace

std::vector<std::byte> read_file(const std::filesystem::path& path) {
    const auto fail = [&](const std::error_code& error) {
        return FileError("{}: cannot be read: {}; check the path and its permissions", path.string(),
                         error.message());
    };
    std::error_code unknown;
    if (std::filesystem::is_directory(path, unknown))
        throw fail(std::make_error_code(std::errc::is_a_directory));
    const Handle file(::CreateFileW(path.c_str(), GENERIC_READ, windows::shared_with_all, nullptr,
                                    OPEN_EXISTING, FILE_FLAG_SEQUENTIAL_SCAN, nullptr));
    if (!file) throw fail(windows::last_error());
    LARGE_INTEGER size{};
    ::GetFileSizeEx(file.get(), &size);
    // The size is a hint only: a pipe has none, and the file may change while it is read.
    std::vector<std::byte> bytes;
    size_t filled = 0;
    try {
        bytes.resize(static_cast<size_t>(size.QuadPart) + 1);
        for (;;) {
            DWORD got = 0;
            const auto most = static_cast<DWORD>(std::min(bytes.size() - filled, most_at_once));
            if (!::ReadFile(file.get(), bytes.data() + filled, most, &got, nullptr)) {
                if (::GetLastError() == ERROR_BROKEN_PIPE) break;  // how a pipe ends
                throw fail(windows::last_error());
            }
            if (got == 0) break;
            filled += got;
            if (filled == bytes.size()) bytes.resize(2 * bytes.size());
        }
    } catch (const std::bad_alloc&) {
        throw fail(std::make_error_code(std::errc::not_enough_memory));
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
    const std::filesystem::file_status status = std::filesystem::status(destination_, ignored);
    if (std::filesystem::exists(status) && !std::filesystem::is_regular_file(status))
        fail("be replaced, not being a regular file", ERROR_INVALID_PARAMETER);

    const auto stem = destination_.parent_path() / ("." + destination_.filename().string());
    for (int attempt = 0; descriptor_ < 0; ++attempt) {
        temporary_ = fmt::format("{}.{}-{}.tmp", stem.string(), ::GetCurrentProcessId(), attempt);
        const HANDLE file =
            ::CreateFileW(std::filesystem::path(temporary_).c_str(), GENERIC_WRITE, windows::shared_with_all,
                          nullptr, CREATE_NEW, FILE_ATTRIBUTE_NORMAL, nullptr);
        if (file != INVALID_HANDLE_VALUE)
            descriptor_ = ::_open_osfhandle(reinterpret_cast<intptr_t>(file), _O_BINARY);
        else if (const int error = last_error(); error != ERROR_FILE_EXISTS || attempt == 1000)
            fail("be created", error);
    }
}

AtomicFile::~AtomicFile() {
    if (descriptor_ < 0) return;
    ::_close(descriptor_);
    remove(temporary_);
}

void AtomicFile::write(std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
        DWORD written = 0;
        const auto most = static_cast<DWORD>(std::min(bytes.size(), most_at_once));
        if (!::WriteFile(handle_of(descriptor_), bytes.data(), most, &written, nullptr))
            fail("be written", last_error());
        bytes = bytes.subspan(written);
    }
}

void AtomicFile::write_at(uint64_t offset, std::span<const std::byte> bytes) {
    // A write to a place of its own moves the place where the next one goes on: it is put back.
    LARGE_INTEGER end{};
    if (!::SetFilePointerEx(handle_of(descriptor_), {}, &end, FILE_CURRENT)) fail("be written", last_error());
    LARGE_INTEGER place{};
    place.QuadPart = static_cast<LONGLONG>(offset);
    if (!::SetFilePointerEx(handle_of(descriptor_), place, nullptr, FILE_BEGIN))
        fail("be written", last_error());
    write(bytes);
    if (!::SetFilePointerEx(handle_of(descriptor_), end, nullptr, FILE_BEGIN))
        fail("be written", last_error());
}

void AtomicFile::commit() {
    if (!::FlushFileBuffers(handle_of(descriptor_))) fail("be written", last_error());
    // An open file could not be moved.
    ::_close(std::exchange(descriptor_, -1));
    if (!move_over(temporary_, destination_)) {
        const int error = last_error();
        remove(temporary_);
        fail("be written", error);
    }
}

void AtomicFile::fail(std::string_view doing, int error) const {
    throw FileError("{}: cannot {}: {}; {}", destination_.string(), doing,
                    std::system_category().message(error), advice(error));
}

}  // namespace vkm
