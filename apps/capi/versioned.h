#pragma once

#include "status.h"

#include <algorithm>
#include <cstddef>
#include <cstring>

namespace vkm::capi {

/// Throws InvalidArgument where a struct's size, its first member, cannot be one.
inline void require_size(size_t size, size_t first_size, const char* name) {
    constexpr size_t largest = 4096;  // more is a size that was never set
    if (size < first_size || size > largest)
        throw InvalidArgument("{0}.struct_size is {1}: start from {0} = …_INIT", name, size);
}

/// Returns a struct of a program that may be built with an older or a newer header: what an older one lacks is as in
/// `defaults`, what a newer one adds must be zero. Precondition: its first member is struct_size. Throws
/// InvalidArgument. `first_size` is how large the struct was in the first version.
template <typename T>
T versioned(const T& given, const T& defaults, size_t first_size, const char* name) {
    const size_t size = given.struct_size;
    require_size(size, first_size, name);
    T result = defaults;
    std::memcpy(&result, &given, std::min(size, sizeof(T)));
    const auto* const bytes = reinterpret_cast<const unsigned char*>(&given);
    if (size > sizeof(T) &&
        std::any_of(bytes + sizeof(T), bytes + size, [](unsigned char b) { return b != 0; }))
        throw InvalidArgument("{} asks for what this version of the library, {}, does not know", name,
                              vkmbv3_version());
    return result;
}

/// Puts an answer into a struct of a program, as much of it as that knows, and leaves what it has behind that.
template <typename T>
void put_versioned(T& given, T answer, size_t first_size, const char* name) {
    const size_t size = given.struct_size;
    require_size(size, first_size, name);
    answer.struct_size = size;
    std::memcpy(&given, &answer, std::min(size, sizeof(T)));
}

}  // namespace vkm::capi
