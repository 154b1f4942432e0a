#pragma once

#include <concepts>
#include <type_traits>

namespace vkm {

/// Returns a / b, rounded up. Neither is negative, b is not 0.
template <std::integral T>
constexpr T divide_up(T a, std::type_identity_t<T> b) {
    return (a + b - 1) / b;
}

/// Returns the first multiple of `alignment` that is not below n.
template <std::integral T>
constexpr T align_up(T n, std::type_identity_t<T> alignment) {
    return divide_up(n, alignment) * alignment;
}

}  // namespace vkm
