#pragma once

#include <cstddef>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <span>
#include <string>
#include <string_view>
#include <type_traits>

namespace vkm::test {

/// Views a byte string. Tests assemble them as std::string, which makes literals and concatenation easy.
inline std::span<const std::byte> bytes(std::string_view text) {
    return std::as_bytes(std::span(text));
}

/// Returns the little-endian bytes of a number.
template <typename T>
requires std::is_arithmetic_v<T> std::string raw(T value) {
    std::string text(sizeof value, '\0');
    std::memcpy(text.data(), &value, sizeof value);
    return text;
}

template <typename T, typename... More>
requires(sizeof...(More) > 0) std::string raw(T first, More... more) {
    return raw(first) + raw<More...>(more...);
}

inline std::string file_content(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

inline void write_content(const std::filesystem::path& path, std::string_view content) {
    std::ofstream(path, std::ios::binary) << content;
}

/// Returns the message of the E that the function throws; empty when it throws none.
template <typename E, typename Function>
std::string message_of(Function function) {
    try {
        function();
    } catch (const E& error) {
        return error.what();
    }
    return {};
}

}  // namespace vkm::test
