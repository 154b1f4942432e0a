#pragma once

#include <base/error.h>

namespace vkm::teach {

/// Reports what a session cannot do; the message is one line for the person who teaches, and says what to do.
class TeachError : public Error {
  public:
    using Error::Error;
};

}  // namespace vkm::teach
