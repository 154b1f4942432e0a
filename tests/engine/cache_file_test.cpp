#include <engine/cache_file.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vkm::engine {
namespace {

CacheIdentity identity() {
    CacheIdentity id{1, 2, 3, 4, {5}, {6}, {7}, 8, 9};
    return id;
}

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
    for (int field = 0; field < 9; ++field) {
        CacheIdentity other = identity();
        if (field == 0) ++other.vendor_id;
        if (field == 1) ++other.device_id;
        if (field == 2) ++other.driver_version;
        if (field == 3) ++other.driver_id;
        if (field == 4) ++other.device_uuid[15];
        if (field == 5) ++other.driver_uuid[15];
        if (field == 6) ++other.cache_uuid[15];
        if (field == 7) ++other.name_hash;
        if (field == 8) ++other.build;
        const DecodedCache decoded = decode_cache(other, file);
        EXPECT_TRUE(decoded.data.empty()) << field;
        EXPECT_EQ(decoded.refused,
                  field == 8 ? "it is of another build" : "it is of another device or driver");
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
