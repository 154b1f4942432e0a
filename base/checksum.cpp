#include <base/checksum.h>

#include <cstring>

namespace vkm {
namespace {

#if defined(__x86_64__)
__attribute__((target("sse4.2"))) uint32_t by_sse42(std::span<const std::byte> bytes, uint32_t before) {
    uint64_t crc = ~before;
    size_t i = 0;
    for (; i + 8 <= bytes.size(); i += 8) {
        uint64_t word = 0;
        std::memcpy(&word, &bytes[i], sizeof word);
        crc = __builtin_ia32_crc32di(crc, word);
    }
    auto rest = static_cast<uint32_t>(crc);
    for (; i < bytes.size(); ++i)
        rest = __builtin_ia32_crc32qi(rest, static_cast<uint8_t>(bytes[i]));
    return ~rest;
}
#endif

}  // namespace

uint32_t crc32c_by_processor(std::span<const std::byte> bytes, uint32_t before) {
#if defined(__x86_64__)
    static const bool has_sse42 = __builtin_cpu_supports("sse4.2") != 0;
    if (has_sse42) return by_sse42(bytes, before);
#endif
    return Crc32<0x82f63b78u>::of(bytes, before);
}

}  // namespace vkm
