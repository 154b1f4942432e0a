#pragma once

#include <base/atomic_file.h>
#include <base/text.h>

namespace vkm::graph {

/// Reports a weights file whose content cannot be used. The message names the file, the tensor where there is
/// one, and what to do. It is made printable, since names in it may come from a hostile file.
class WeightsError : public FileError {
  public:
    explicit WeightsError(const std::string& message) : FileError(printable(message)) {}

    template <typename... Args>
    explicit WeightsError(fmt::format_string<Args...> format, Args&&... args) requires(sizeof...(Args) > 0)
        : WeightsError(fmt::format(format, std::forward<Args>(args)...)) {}
};

}  // namespace vkm::graph
