#pragma once

#include <base/atomic_file.h>
#include <base/text.h>

namespace vkm::graph {

/// A weights file whose content cannot be used. The message names the file, the tensor where there is one,
/// and what to do. Names in it may come from a hostile file, so it is made printable.
class WeightsError : public FileError {
  public:
    explicit WeightsError(const std::string& message) : FileError(printable(message)) {}

    template <typename... Args>
    explicit WeightsError(fmt::format_string<Args...> format, Args&&... args) requires(sizeof...(Args) > 0)
        : WeightsError(fmt::format(format, std::forward<Args>(args)...)) {}
};

}  // namespace vkm::graph
