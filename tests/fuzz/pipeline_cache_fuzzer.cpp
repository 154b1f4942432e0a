#include <engine/cache/cache_file.h>
#include <fuzz/fuzz_target.h>

#include <algorithm>
#include <cstdlib>

namespace {

constexpr vkm::engine::CacheIdentity identity{0x10de, 0x2204, 3, 4, {5}, {6}, {7}, 8, 9};

}  // namespace

/// Checks that what is accepted is exactly what was written for this device and build.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const auto file = std::as_bytes(std::span(data, size));
    const vkm::engine::DecodedCache decoded = vkm::engine::decode_cache(identity, file);
    if (!decoded.refused.empty()) return decoded.data.empty() ? -1 : (std::abort(), 0);
    const auto written = vkm::engine::encode_cache(identity, decoded.data);
    if (!std::ranges::equal(written, file)) std::abort();
    return 0;
}

std::vector<std::string> vkm::test::fuzz_seeds() {
    const auto file = [](size_t bytes) {
        const auto written = engine::encode_cache(identity, std::vector(bytes, std::byte{0x3f}));
        return std::string(reinterpret_cast<const char*>(written.data()), written.size());
    };
    return {file(0), file(1), file(500)};
}
