#pragma once

#include <chrono>
#include <cstddef>
#include <functional>

namespace vkm::apps {

/// "compiling kernels 12/68" on stderr, once it has taken longer than a second: a first start may.
class CompileProgress {
  public:
    explicit CompileProgress(bool quiet) : quiet_(quiet) {}

    void operator()(size_t done, size_t total);
    std::function<void(size_t, size_t)> callback() {
        return [this](size_t done, size_t total) { (*this)(done, total); };
    }

  private:
    bool quiet_, shown_ = false;
    std::chrono::steady_clock::time_point start_ = std::chrono::steady_clock::now(), last_ = start_;
};

}  // namespace vkm::apps
