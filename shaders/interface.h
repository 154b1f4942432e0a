#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>
#include <type_traits>
#include <vector>

namespace vkm {

/// Says what a kernel does with a binding. See cmake/shaders.cmake for the structs of <shaders/catalog.h>.
struct BindingUse {
    std::string_view name;
    bool reads = false, writes = false;
    bool needed = false;  ///< whatever the specialization constants are
};

/// Returns the specialization constants 0, 1, 2, … that these structs hold together; 0 where an id has none.
template <typename... Constants>
std::vector<uint32_t> constant_words(const Constants&... constants) {
    std::vector<uint32_t> words;
    const auto store = [&](uint32_t id, auto value) {
        if (words.size() <= id) words.resize(id + 1, 0);
        if constexpr (std::is_same_v<decltype(value), bool>)
            words[id] = value ? 1 : 0;
        else
            words[id] = std::bit_cast<uint32_t>(value);
    };
    (constants.each(store), ...);
    return words;
}

/// Returns the bytes of a kernel's push constants.
template <typename Kernel>
std::vector<std::byte> push_bytes(const typename Kernel::Push& push) {
    std::vector<std::byte> bytes(Kernel::push_bytes);
    if constexpr (Kernel::push_bytes > 0) std::memcpy(bytes.data(), &push, bytes.size());
    return bytes;
}

}  // namespace vkm
