#pragma once

#include <string>

namespace vkm {

/// Holds a library of the system that is loaded where it is needed, and not with the program: it brings others, and
/// most commands use none of them. It stays loaded. Empty where the system has none of that name.
class SharedLibrary {
  public:
    explicit SharedLibrary(const std::string& name);

    explicit operator bool() const { return handle_ != nullptr; }
    /// Returns why it is empty, in the system's words.
    const std::string& problem() const { return problem_; }

    /// Returns a function of the library, nullptr where it has none of that name:
    ///     const auto open = library.find<decltype(Mat_Open)>("Mat_Open");
    template <typename Function>
    Function* find(const char* name) const {
        return reinterpret_cast<Function*>(symbol(name));
    }

  private:
    void* symbol(const char* name) const;

    void* handle_;
    std::string problem_;
};

}  // namespace vkm
