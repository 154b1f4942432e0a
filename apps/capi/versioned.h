#pragma once

#include "status.h"

#include <algorithm>
#include <cstddef>
#include <cstring>

namespace vkm::capi {

/// Returns a struct of a program that may be built with an older or a newer header: what an older one lacks is as in
/// `defaults`, what a newer one adds must be zero. Precondition: its first member is struct_size. Throws
/// InvalidArgument. `first_size` is how large the struct was in the first version.
template <typename T>
T versioned(const T& given, const T& defaults, size_t first_size, const char* name) {
    constexpr size_t largest = 4096;  // more is a size that was never set
    const size_t size = given.struct_size;
    if (size < first_size || size > largest)
        throw InvalidArgument("{0}.struct_size is {1}: start from {0} = …_INIT", name, size);
    T result = defaults;
    std::memcpy(&result, &given, std::min(size, sizeof(T)));
    const auto* const bytes = reinterpret_cast<const unsigned char*>(&given);
    if (size > sizeof(T) &&
        std::any_of(bytes + sizeof(T), bytes + size, [](unsigned char b) { return b != 0; }))
        throw InvalidArgument("{} asks for what this version of the library, {}, does not know", name,
                              vkmbv3_version());
    return result;
}

}  // namespace vkm::capi
