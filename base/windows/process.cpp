#include "text.h"

#include <base/process.h>

#include <windows.h>

#include <shellapi.h>

namespace vkm {
namespace {

double seconds(const FILETIME& time) {
    constexpr double hundred_nanoseconds = 1e-7;
    return hundred_nanoseconds *
           static_cast<double>(uint64_t{time.dwHighDateTime} << 32 | time.dwLowDateTime);
}

}  // namespace

uint64_t process_id() {
    return ::GetCurrentProcessId();
}

std::filesystem::path program_file() {
    std::wstring name(32'768, L'\0');  // the longest path there is
    name.resize(::GetModuleFileNameW(nullptr, name.data(), static_cast<DWORD>(name.size())));
    return name;
}

// main()'s arguments are in the system's code page, which lacks most letters.
std::vector<std::string> program_arguments(int argc, char** argv) {
    int count = 0;
    wchar_t** const all = ::CommandLineToArgvW(::GetCommandLineW(), &count);
    if (all == nullptr) return {argv, argv + argc};
    std::vector<std::string> arguments;
    for (int i = 0; i < count; ++i)
        arguments.push_back(windows::to_utf8(all[i]));
    ::LocalFree(all);
    return arguments;
}

double processor_seconds() {
    FILETIME created, ended, in_system, in_program;
    if (!::GetProcessTimes(::GetCurrentProcess(), &created, &ended, &in_system, &in_program)) return 0;
    return seconds(in_system) + seconds(in_program);
}

}  // namespace vkm
