#pragma once

#include <engine/error.h>

#include <string>
#include <utility>

namespace vkm::graph {

/// A weights file that cannot be read or written. The message names the file, the tensor where there is one,
/// and what to do. Names in it may come from a hostile file: the message is kept to one line of at most 1000
/// bytes without control characters.
class WeightsError : public Error {
  public:
    explicit WeightsError(const std::string& message) : Error(printable(message)) {}

    template <typename... Args>
    explicit WeightsError(fmt::format_string<Args...> format, Args&&... args) requires(sizeof...(Args) > 0)
        : WeightsError(fmt::format(format, std::forward<Args>(args)...)) {}

  private:
    static std::string printable(std::string message) {
        constexpr size_t longest = 1000;
        for (char& c : message)
            if (static_cast<unsigned char>(c) < ' ' || c == 0x7f) c = '?';
        if (message.size() > longest) message.replace(longest / 2, message.size() - longest + 3, "...");
        return message;
    }
};

}  // namespace vkm::graph
