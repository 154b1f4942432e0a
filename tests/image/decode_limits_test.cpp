// Small files that ask for much: memory is bounded by the size that the header gives, and that by a limit.

#include <image/decode/decode.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/bytes.h"
#include "support/image_samples.h"
#include "support/peak_memory.h"
#include "support/png_file.h"

namespace vkm::image {
namespace {

constexpr size_t mib = size_t{1} << 20;

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr size_t allowed = 64 * mib;  // sanitizers keep books
#else
constexpr size_t allowed = 16 * mib;
#endif

std::string sample(const char* name) {
    return test::file_content(test::image_samples_folder() / name);
}

/// Returns the error that refuses the file, or "", after checking that it took little memory.
std::string outcome(const std::string& file) {
    std::string message;
    const auto growth = test::peak_growth([&] {
        try {
            decode_image({reinterpret_cast<const uint8_t*>(file.data()), file.size()}, "x");
        } catch (const ImageError& error) {
            message = error.what();
        }
    });
    EXPECT_LT(growth.value_or(0), allowed);
    return message;
}

constexpr const char* too_many = "x: an image of {} pixels is refused (at most 100 million pixels)";

std::string refused_as(const char* size) {
    return fmt::format(fmt::runtime(too_many), size);
}

std::string little_endian(uint32_t value, size_t bytes) {
    std::string text;
    for (size_t i = 0; i < bytes; ++i)
        text += static_cast<char>(value >> (8 * i));
    return text;
}

TEST(DecodeLimitsTest, RefusesJpegOfMorePixels) {
    std::string file = sample("progressive.jpg");
    const size_t frame = file.find("\xff\xc2");
    ASSERT_NE(frame, std::string::npos);
    file.replace(frame + 5, 4, "\xff\xdc\xff\xdc");
    EXPECT_EQ(outcome(file), refused_as("65500 x 65500"));
}

/// Every scan of a progressive image passes over all of its blocks.
TEST(DecodeLimitsTest, RefusesJpegOfThousandsOfScans) {
    const std::string file = sample("progressive.jpg");
    const size_t last = file.rfind("\xff\xda"), end = file.rfind("\xff\xd9");
    std::string scans;
    for (int i = 0; i < 2000; ++i)
        scans += file.substr(last, end - last);
    EXPECT_EQ(outcome(file.substr(0, end) + scans + file.substr(end)),
              "x: cannot decode image (more than 500 scans)");
}

TEST(DecodeLimitsTest, RefusesPngOfMorePixels) {
    EXPECT_EQ(outcome(test::png_header(60'000, 60'000) + test::png_chunk("IDAT", test::deflated_zeros(10))),
              refused_as("60000 x 60000"));
    EXPECT_EQ(outcome(test::png_header(0x7fffffff, 1) + test::png_chunk("IDAT", test::deflated_zeros(10))),
              "x: cannot decode image (Invalid IHDR data)")
        << "wider than libpng reads";
}

TEST(DecodeLimitsTest, ReadsOfAPngNoMoreThanItsPixels) {
    const std::string end = test::png_chunk("IEND", "");
    EXPECT_EQ(
        outcome(test::png_header(1, 1) + test::png_chunk("IDAT", test::deflated_zeros(1'000'000)) + end), "")
        << "258 MB from 1.6";
}

TEST(DecodeLimitsTest, ReadsOfAPngsTextsOnlySoMuch) {
    std::string file = test::png_header(1, 1);
    for (int i = 0; i < 100; ++i)
        file += test::png_chunk("zTXt", "key" + std::string(2, '\0') + test::deflated_zeros(100'000));
    file += test::png_chunk("IDAT", test::deflated_zeros(1)) + test::png_chunk("IEND", "");
    EXPECT_EQ(outcome(file), "") << "100 times 25 MB";
}

TEST(DecodeLimitsTest, RefusesWebpOfMorePixels) {
    std::string file = sample("alpha.webp");
    ASSERT_EQ(file.substr(12, 4), "VP8X");
    file.replace(24, 6, little_endian(16'382, 3) + little_endian(16'382, 3));
    EXPECT_THAT(outcome(file), testing::StartsWith("x: "));
    // A frame as large as the canvas, and lossless: its header alone says so.
    const std::string frame = "\x2f" + little_endian(16'383u | 16'383u << 14, 4) + std::string(100, '\0');
    const std::string chunk =
        "WEBPVP8L" + little_endian(static_cast<uint32_t>(frame.size()), 4) + frame + '\0';
    EXPECT_EQ(outcome("RIFF" + little_endian(static_cast<uint32_t>(chunk.size()), 4) + chunk),
              refused_as("16384 x 16384"));
}

TEST(DecodeLimitsTest, RefusesGifOfMorePixels) {
    std::string file = sample("part.gif");
    file.replace(6, 4, "\xff\xff\xff\xff");
    EXPECT_EQ(outcome(file), refused_as("65535 x 65535"));
    file = sample("part.gif");
    file.replace(file.find(",") + 5, 4, "\xff\xff\xff\xff");
    EXPECT_EQ(outcome(file), refused_as("65535 x 65535"));
}

TEST(DecodeLimitsTest, RefusesGifWithoutItsPixelsBeforeTakingMemory) {
    std::string file = sample("part.gif");
    file.replace(file.find(",") + 5, 4, little_endian(9'000, 2) + little_endian(9'000, 2));
    EXPECT_EQ(outcome(file), "x: truncated: too little data for the image's size");
}

TEST(DecodeLimitsTest, RefusesBmpOfMorePixels) {
    for (const char* name : {"rgb_32.bmp", "rle_8.bmp"}) {
        std::string file = sample(name);
        file.replace(18, 8, little_endian(60'000, 4) + little_endian(60'000, 4));
        EXPECT_EQ(outcome(file), refused_as("60000 x 60000"));
        file.replace(18, 8, little_endian(0x7fffffff, 4) + little_endian(0x80000000, 4));
        EXPECT_EQ(outcome(file), refused_as("2147483647 x 2147483648"));
    }
}

TEST(DecodeLimitsTest, RefusesBmpAndPnmWithoutTheirPixelsBeforeTakingMemory) {
    std::string file = sample("rgb_32.bmp");
    file.replace(18, 8, little_endian(9'000, 4) + little_endian(9'000, 4));
    EXPECT_EQ(outcome(file), "x: truncated: the file ends before the image does");
    for (const char* kind : {"P1", "P2", "P3", "P4", "P5", "P6"}) {
        const std::string maximum = kind[1] == '1' || kind[1] == '4' ? "" : "255";
        EXPECT_EQ(outcome(kind + (" 9000 9000 " + maximum) + "\n" + std::string(1000, '1')),
                  "x: truncated: the file ends before the image does");
    }
}

TEST(DecodeLimitsTest, RefusesPnmOfMorePixels) {
    EXPECT_EQ(outcome("P6 60000 60000 255\n" + std::string(1000, 'x')), refused_as("60000 x 60000"));
    EXPECT_EQ(outcome("P5 999999999 999999999 255\n" + std::string(1000, 'x')),
              refused_as("999999999 x 999999999"));
}

}  // namespace
}  // namespace vkm::image
