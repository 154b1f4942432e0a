#include <base/terminal.h>

#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

namespace vkm {

bool is_terminal(int descriptor) {
    return ::isatty(descriptor) == 1;
}

std::optional<std::size_t> terminal_columns(int descriptor) {
    constexpr std::size_t usual = 80;
    if (!is_terminal(descriptor)) return {};
    winsize size{};
    return ::ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 0 ? size.ws_col : usual;
}

void write_to(int descriptor, std::string_view text) {
    if (::write(descriptor, text.data(), text.size()) < 0) return;
}

void prepare_standard_streams() {
    std::signal(SIGPIPE, SIG_IGN);
    for (const int stream : {standard_input, standard_output, standard_error})
        while (::fcntl(stream, F_GETFD) == -1 && errno == EBADF)
            // Read-only, so that writing fails as it would have. The lowest number that is free is taken.
            if (::open("/dev/null", O_RDONLY) == -1) break;
}

}  // namespace vkm
