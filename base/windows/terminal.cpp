#include "handle.h"

#include <base/terminal.h>

#include <fcntl.h>
#include <io.h>

#include <cstdlib>

namespace vkm {
namespace {

/// Returns the console behind a descriptor; INVALID_HANDLE_VALUE where it is none. (_isatty() takes the
/// null device for one.)
HANDLE console(int descriptor) {
    const HANDLE handle = windows::handle_of(descriptor);
    DWORD mode = 0;
    return ::GetConsoleMode(handle, &mode) ? handle : INVALID_HANDLE_VALUE;
}

UINT code_page_before = 0;

/// Has the console take UTF-8, until the program ends: what runs in it later finds it as it was.
void show_utf8() {
    code_page_before = ::GetConsoleOutputCP();
    if (code_page_before == 0 || code_page_before == CP_UTF8) return;
    ::SetConsoleOutputCP(CP_UTF8);
    std::atexit([] { ::SetConsoleOutputCP(code_page_before); });
}

}  // namespace

bool is_terminal(int descriptor) {
    return console(descriptor) != INVALID_HANDLE_VALUE;
}

std::optional<std::size_t> terminal_columns(int descriptor) {
    constexpr std::size_t usual = 80;
    const HANDLE shown = console(descriptor);
    if (shown == INVALID_HANDLE_VALUE) return {};
    CONSOLE_SCREEN_BUFFER_INFO info{};
    if (!::GetConsoleScreenBufferInfo(shown, &info)) return usual;
    const int columns = info.srWindow.Right - info.srWindow.Left + 1;
    return columns > 0 ? static_cast<std::size_t>(columns) : usual;
}

void write_to(int descriptor, std::string_view text) {
    if (::_write(descriptor, text.data(), static_cast<unsigned>(text.size())) < 0) return;
}

void prepare_standard_streams() {
    // No "\r\n" where others read "\n".
    for (const int stream : {standard_input, standard_output, standard_error})
        if (::_get_osfhandle(stream) >= 0) ::_setmode(stream, _O_BINARY);
    for (const int stream : {standard_output, standard_error}) {
        const HANDLE shown = console(stream);
        if (shown == INVALID_HANDLE_VALUE) continue;
        show_utf8();
        DWORD mode = 0;
        if (::GetConsoleMode(shown, &mode))
            ::SetConsoleMode(shown, mode | ENABLE_VIRTUAL_TERMINAL_PROCESSING);
    }
}

}  // namespace vkm
