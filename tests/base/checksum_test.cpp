#include <base/checksum.h>
#include <gtest/gtest.h>
#include <support/bytes.h>

namespace vkm {
namespace {

// Check values of the catalogue of parametrised CRC algorithms.
TEST(Crc32Test, GivesTheCatalogueValues) {
    EXPECT_EQ(crc32(test::bytes("123456789")), 0xcbf43926u);
    EXPECT_EQ(crc32c(test::bytes("123456789")), 0xe3069283u);
    EXPECT_EQ(crc32({}), 0u);
}

TEST(Crc32Test, MatchesTheBitwiseDefinitionAtEveryLength) {
    std::string text;
    for (int length = 0; length < 40; ++length) {
        uint32_t crc = ~0u;
        for (const char c : text) {
            crc ^= static_cast<uint8_t>(c);
            for (int bit = 0; bit < 8; ++bit)
                crc = crc & 1 ? crc >> 1 ^ 0xedb88320u : crc >> 1;
        }
        EXPECT_EQ(crc32(test::bytes(text)), ~crc) << length;
        text += static_cast<char>(37 * length + 200);
    }
}

TEST(Crc32cTest, TheProcessorsInstructionAndTablesAgreeAtEveryLengthAndInPieces) {
    std::string text;
    for (int length = 0; length < 70; ++length) {
        const auto bytes = test::bytes(text);
        const uint32_t expected = Crc32<0x82f63b78u>::of(bytes);
        EXPECT_EQ(crc32c(bytes), expected) << length;
        for (const size_t cut : {size_t{0}, text.size() / 3, text.size()}) {
            EXPECT_EQ(crc32c(bytes.subspan(cut), crc32c(bytes.first(cut))), expected) << length << ' ' << cut;
            EXPECT_EQ(Crc32<0x82f63b78u>::of(bytes.subspan(cut), Crc32<0x82f63b78u>::of(bytes.first(cut))),
                      expected);
        }
        text += static_cast<char>(37 * length + 200);
    }
}

}  // namespace
}  // namespace vkm
