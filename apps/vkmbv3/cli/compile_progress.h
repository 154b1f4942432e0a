#pragma once

#include "cli/progress_bar.h"

#include <chrono>
#include <cstddef>
#include <functional>
#include <optional>

namespace vkm::apps {

/// Writes "compiling kernels 12/68" to stderr, once it has taken longer than a second, as a first start may.
/// On a terminal it is a bar; elsewhere only the first and the last of these lines appear.
class CompileProgress {
  public:
    explicit CompileProgress(bool quiet) : quiet_(quiet) {}

    void operator()(size_t done, size_t total);
    std::function<void(size_t, size_t)> callback() {
        return [this](size_t done, size_t total) { (*this)(done, total); };
    }

  private:
    void print_line(size_t done, size_t total);

    bool quiet_, printed_ = false;
    std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now();
    std::optional<ProgressBar> bar_;
};

}  // namespace vkm::apps
