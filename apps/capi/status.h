#pragma once

#include <base/error.h>
#include <vkmbv3.h>

#include <exception>

namespace vkm::capi {

/// Says that an argument of a C function is not one of those that its header allows.
class InvalidArgument : public Error {
  public:
    using Error::Error;
};

/// Says that a session cannot do what it was asked for, in the words of teach/, which this folder does not see.
class Refused : public Error {
  public:
    using Error::Error;
};

/// Remembers the exception that is handled now for vkmbv3_last_error() of this thread. Returns its status.
vkmbv3_status remember_failure() noexcept;

/// Runs what a C function does, so that no exception leaves it.
template <typename F>
vkmbv3_status guarded(F&& call) noexcept {
    try {
        call();
        return VKMBV3_OK;
    } catch (...) {
        return remember_failure();
    }
}

/// Does the same for one that returns its result: `otherwise` where it fails.
template <typename T, typename F>
T guarded_or(T otherwise, F&& call) noexcept {
    guarded([&] { otherwise = call(); });
    return otherwise;
}

}  // namespace vkm::capi
