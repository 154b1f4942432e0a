#pragma once

#include <stdexcept>

namespace vkm::apps {

/// Reports wrong usage found after parsing (exit status 2).
class UsageError : public std::runtime_error {
  public:
    using std::runtime_error::runtime_error;
};

}  // namespace vkm::apps
