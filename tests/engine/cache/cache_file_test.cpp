#include <engine/cache/cache_file.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "engine/cache/cache_identity.h"

namespace vkm::engine {
namespace {

std::vector<std::byte> data() {
    std::vector<std::byte> bytes(1000);
    for (size_t i = 0; i < bytes.size(); ++i)
        bytes[i] = static_cast<std::byte>(i * 7);
    return bytes;
}

TEST(CacheFileTest, DecodesWhatItEncoded) {
    const auto file = encode_cache(identity(), data());
    const DecodedCache decoded = decode_cache(identity(), file);
    EXPECT_EQ(decoded.refused, "");
    EXPECT_THAT(std::vector(decoded.data.begin(), decoded.data.end()), testing::ContainerEq(data()));
}

TEST(CacheFileTest, AnyOtherIdentityIsRefused) {
    const auto file = encode_cache(identity(), data());
    for (const auto& [other, refusal] : other_identities()) {
        const DecodedCache decoded = decode_cache(other, file);
        EXPECT_TRUE(decoded.data.empty());
        EXPECT_EQ(decoded.refused, refusal);
    }
}

TEST(CacheFileTest, EveryTruncationIsRefused) {
    const auto file = encode_cache(identity(), data());
    for (size_t size = 0; size < file.size(); ++size) {
        const DecodedCache decoded = decode_cache(identity(), std::span(file).first(size));
        EXPECT_TRUE(decoded.data.empty());
        EXPECT_NE(decoded.refused, "");
    }
    auto longer = file;
    longer.push_back(std::byte{0});
    EXPECT_NE(decode_cache(identity(), longer).refused, "");
}

TEST(CacheFileTest, EveryFlippedBitIsRefused) {
    auto file = encode_cache(identity(), data());
    for (size_t i = 0; i < file.size(); ++i) {
        file[i] ^= std::byte{0x10};
        EXPECT_NE(decode_cache(identity(), file).refused, "") << i;
        file[i] ^= std::byte{0x10};
    }
}

TEST(CacheFileTest, NamesDifferBetweenDevicesAndNotBetweenVersions) {
    CacheIdentity newer = identity(), other = identity();
    newer.driver_version = newer.build = 77;
    newer.cache_uuid[0] = 77;
    other.device_uuid[0] = 77;
    EXPECT_EQ(cache_file_name(identity()), cache_file_name(newer));
    EXPECT_NE(cache_file_name(identity()), cache_file_name(other));
}

}  // namespace
}  // namespace vkm::engine
