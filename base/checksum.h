#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <type_traits>

namespace vkm {

/// Computes a reflected 32-bit cyclic redundancy check, whose initial value and final inversion are all ones.
/// A step takes eight bytes: table k advances a byte by k more bytes of zeros.
template <uint32_t reflected_polynomial>
class Crc32 {
  public:
    /// `before` is the check of the bytes that come before these.
    static constexpr uint32_t of(std::span<const std::byte> bytes, uint32_t before = 0) {
        uint32_t crc = ~before;
        size_t i = 0;
        for (; i + 8 <= bytes.size(); i += 8) {
            const auto byte = [&](size_t j) { return static_cast<uint32_t>(bytes[i + j]); };
            crc = tables[7][(crc & 0xff) ^ byte(0)] ^ tables[6][(crc >> 8 & 0xff) ^ byte(1)] ^
                  tables[5][(crc >> 16 & 0xff) ^ byte(2)] ^ tables[4][(crc >> 24) ^ byte(3)] ^
                  tables[3][byte(4)] ^ tables[2][byte(5)] ^ tables[1][byte(6)] ^ tables[0][byte(7)];
        }
        for (; i < bytes.size(); ++i)
            crc = tables[0][(crc ^ static_cast<uint32_t>(bytes[i])) & 0xff] ^ crc >> 8;
        return ~crc;
    }

  private:
    using Tables = std::array<std::array<uint32_t, 256>, 8>;

    static constexpr Tables make_tables() {
        Tables made{};
        for (uint32_t i = 0; i < 256; ++i) {
            uint32_t crc = i;
            for (int bit = 0; bit < 8; ++bit)
                crc = crc >> 1 ^ (crc & 1 ? reflected_polynomial : 0);
            made[0][i] = crc;
        }
        for (size_t k = 1; k < made.size(); ++k)
            for (size_t i = 0; i < 256; ++i)
                made[k][i] = made[0][made[k - 1][i] & 0xff] ^ made[k - 1][i] >> 8;
        return made;
    }

    static constexpr Tables tables = make_tables();
};

/// Returns the checksum that zip and PNG have.
constexpr uint32_t crc32(std::span<const std::byte> bytes) {
    return Crc32<0xedb88320u>::of(bytes);
}

/// Computes crc32c() with the processor's instruction for it, where it has one.
uint32_t crc32c_by_processor(std::span<const std::byte> bytes, uint32_t before);

/// Returns Castagnoli's checksum, which TensorFlow's record files have. Of bytes that come in pieces, `before` is the
/// checksum of the pieces before.
constexpr uint32_t crc32c(std::span<const std::byte> bytes, uint32_t before = 0) {
    if (!std::is_constant_evaluated()) return crc32c_by_processor(bytes, before);
    return Crc32<0x82f63b78u>::of(bytes, before);
}

constexpr uint64_t fnv_basis = 0xcbf29ce484222325u;

/// Returns the 64-bit FNV-1a hash of these bytes, appended to those that gave `hash`.
constexpr uint64_t fnv1a(std::span<const std::byte> bytes, uint64_t hash = fnv_basis) {
    for (const std::byte b : bytes)
        hash = (hash ^ static_cast<uint64_t>(b)) * 0x100000001b3u;
    return hash;
}
constexpr uint64_t fnv1a(std::string_view text, uint64_t hash = fnv_basis) {
    for (const char c : text)
        hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
    return hash;
}

}  // namespace vkm
