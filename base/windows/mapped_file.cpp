#include "handle.h"

#include <base/mapped_file.h>

#include <algorithm>

namespace vkm {
namespace {

using windows::Handle;

/// Where this thread goes on when a page cannot be had; null: it does not expect that.
thread_local void** volatile escape = nullptr;

[[noreturn]] void leave() {
    void** const here = escape;
    __builtin_longjmp(here, 1);
}

LONG CALLBACK on_exception(EXCEPTION_POINTERS* exception) {
    if (exception->ExceptionRecord->ExceptionCode != EXCEPTION_IN_PAGE_ERROR || escape == nullptr)
        return EXCEPTION_CONTINUE_SEARCH;
    // The thread goes on in leave(), as if the instruction that failed had called it: below the stack in use, and with
    // the stack's alignment at a function's first instruction.
    CONTEXT& thread = *exception->ContextRecord;
    thread.Rsp = ((thread.Rsp - 256) & ~DWORD64{15}) - 8;
    thread.Rip = reinterpret_cast<DWORD64>(&leave);
    return EXCEPTION_CONTINUE_EXECUTION;
}

/// Returns the part of mapped memory that a range is, cut at the end.
std::span<const std::byte> part_of(std::span<const std::byte> mapped, size_t offset, size_t count) {
    const size_t begin = std::min(offset, mapped.size());
    return mapped.subspan(begin, std::min(count, mapped.size() - begin));
}

}  // namespace

MappedFile::MappedFile(const std::filesystem::path& path) {
    const auto fail = [&](const std::error_code& error) {
        return FileError("{}: cannot be read: {}; check the path and its permissions", path.string(),
                         error.message());
    };
    std::error_code unknown;
    if (std::filesystem::is_directory(path, unknown))
        throw fail(std::make_error_code(std::errc::is_a_directory));
    const Handle file(::CreateFileW(path.c_str(), GENERIC_READ, windows::shared_with_all, nullptr,
                                    OPEN_EXISTING, FILE_ATTRIBUTE_NORMAL, nullptr));
    LARGE_INTEGER size{};
    if (!file || !::GetFileSizeEx(file.get(), &size)) throw fail(windows::last_error());
    if (size.QuadPart == 0) return;
    const Handle mapping(::CreateFileMappingW(file.get(), nullptr, PAGE_READONLY, 0, 0, nullptr));
    if (!mapping) throw fail(windows::last_error());
    // The view keeps the mapping and the file.
    const void* mapped = ::MapViewOfFile(mapping.get(), FILE_MAP_READ, 0, 0, 0);
    if (!mapped) throw fail(windows::last_error());
    bytes_ = {static_cast<const std::byte*>(mapped), static_cast<size_t>(size.QuadPart)};
}

MappedFile::~MappedFile() {
    if (!bytes_.empty()) ::UnmapViewOfFile(bytes_.data());
}

void MappedFile::will_need(size_t offset, size_t count) const {
    const auto part = part_of(bytes_, offset, count);
    WIN32_MEMORY_RANGE_ENTRY range{const_cast<std::byte*>(part.data()), part.size()};
    if (!part.empty()) ::PrefetchVirtualMemory(::GetCurrentProcess(), 1, &range, 0);
}

void MappedFile::done_with(size_t offset, size_t count) const {
    const auto part = part_of(bytes_, offset, count);
    // What is unlocked without having been locked leaves the process's working set.
    if (!part.empty()) ::VirtualUnlock(const_cast<std::byte*>(part.data()), part.size());
}

bool readable_while(const std::function<void()>& read) {
    static void* const installed = ::AddVectoredExceptionHandler(1, on_exception);
    (void)installed;
    void* here[5];
    if (__builtin_setjmp(here) != 0) {
        escape = nullptr;
        return false;
    }
    escape = here;
    read();
    escape = nullptr;
    return true;
}

}  // namespace vkm
