#pragma once

#include <fmt/format.h>

#include <stdexcept>
#include <string>

namespace vkm {

/// Is the base of everything that this program throws on purpose.
/// The message is one line: what failed, where, and what to do.
class Error : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;

    template <typename... Args>
    explicit Error(fmt::format_string<Args...> format, Args&&... args) requires(sizeof...(Args) > 0)
        : std::runtime_error(fmt::format(format, std::forward<Args>(args)...)) {}
};

}  // namespace vkm
