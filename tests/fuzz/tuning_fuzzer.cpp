#include <engine/cache/tuning_file.h>
#include <fuzz/fuzz_target.h>

#include <cstdlib>

namespace {

constexpr vkm::engine::CacheIdentity identity{0x10de, 0x2204, 3, 4, {5}, {6}, {7}, 8, 9};

}  // namespace

/// Checks that what is accepted was written for this device and build, and is written again alike.
extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
    const std::string_view file(reinterpret_cast<const char*>(data), size);
    const vkm::engine::DecodedTuning decoded = vkm::engine::decode_tuning(identity, file);
    if (!decoded.refused.empty()) return decoded.tuning.empty() ? -1 : (std::abort(), 0);
    const std::string written = vkm::engine::encode_tuning(identity, decoded.tuning);
    if (vkm::engine::decode_tuning(identity, written).tuning.size() != decoded.tuning.size()) std::abort();
    return 0;
}

std::vector<std::string> vkm::test::fuzz_seeds() {
    return {engine::encode_tuning(identity, {}),
            engine::encode_tuning(identity, {{"depthwise tile | f32 2x7x7x96", {"2x2", 1.5}},
                                             {"pointwise tile | f16 1x1x1x8", {"direct 4 rows", 1}}})};
}
