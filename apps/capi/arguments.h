#pragma once

#include "status.h"

#include <cstddef>
#include <string>

namespace vkm::capi {

/// Returns a text of a program. Throws InvalidArgument where there is none.
inline std::string text_of(const char* text, const char* name) {
    if (!text) throw InvalidArgument("{} is NULL", name);
    return text;
}

/// Returns where a program wants an answer. Throws InvalidArgument where that is nowhere.
template <typename T>
T& place_of(T* place, const char* name) {
    if (!place) throw InvalidArgument("there is nowhere to put the {}: it is NULL", name);
    return *place;
}

/// Throws InvalidArgument where an array of a program has room and is nowhere.
inline void require_array(const void* array, size_t capacity, const char* name) {
    if (!array && capacity > 0) throw InvalidArgument("{} is NULL, and its capacity {}", name, capacity);
}

}  // namespace vkm::capi
