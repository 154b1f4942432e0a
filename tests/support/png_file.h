#pragma once

#include <cstdint>
#include <string>

namespace vkm::test {

inline std::string big_endian(uint32_t v) {
    return {static_cast<char>(v >> 24), static_cast<char>(v >> 16), static_cast<char>(v >> 8),
            static_cast<char>(v)};
}

/// Returns a chunk of a PNG file, with its length and checksum.
inline std::string png_chunk(const std::string& kind, const std::string& content) {
    uint32_t crc = ~0u;
    for (const char byte : kind + content) {
        crc ^= static_cast<uint8_t>(byte);
        for (int bit = 0; bit < 8; ++bit)
            crc = crc >> 1 ^ (crc & 1u ? 0xedb88320u : 0u);
    }
    return big_endian(static_cast<uint32_t>(content.size())) + kind + content + big_endian(~crc);
}

/// Returns signature and header of 8-bit greys.
inline std::string png_header(uint32_t width, uint32_t height) {
    return "\x89PNG\r\n\x1a\n" +
           png_chunk("IHDR", big_endian(width) + big_endian(height) + std::string("\x8\0\0\0\0", 5));
}

/// Compresses zeros without end: after the first, DEFLATE's longest repetition (258 of the
/// byte before), 13 bits each.
inline std::string deflated_zeros(size_t repetitions) {
    std::string stream = "\x78\x01";
    uint32_t bits = 0, count = 0;
    const auto put = [&](uint32_t value, uint32_t size) {
        bits |= value << count;
        for (count += size; count >= 8; count -= 8, bits >>= 8)
            stream += static_cast<char>(bits);
    };
    put(0b011, 3);       // the last block, of fixed Huffman codes
    put(0b00001100, 8);  // a byte 0
    for (size_t i = 0; i < repetitions; ++i)
        put(0b10100011, 13);  // length 258 (code 285), distance 1
    put(0, 7);                // the end
    return stream + std::string(1, static_cast<char>(bits));
}

}  // namespace vkm::test
