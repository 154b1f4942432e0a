#include <base/random.h>
#include <image/decode/decode.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <optional>

#include "support/bytes.h"
#include "support/image_files.h"
#include "support/temporary_folder.h"
#include "support/test_data.h"

namespace vkm::image {
namespace {

const std::filesystem::path folder = test_data() / "images";

std::span<const uint8_t> bytes_of(const std::string& text) {
    return {reinterpret_cast<const uint8_t*>(text.data()), text.size()};
}

std::optional<Image> decoded(const std::string& file) {
    try {
        return decode_image(bytes_of(file), "mutated");
    } catch (const ImageError&) {
        return std::nullopt;
    }
}

struct Encoding {
    const char* file;
    int tolerance;  ///< the greatest difference to Pillow's pixels; decoders of JPEG differ in rounding and
                    ///< upsampling
};

constexpr Encoding encodings[] = {
    {"baseline.jpg", 2}, {"subsampled.jpg", 8}, {"progressive.jpg", 8},    {"grey.jpg", 2}, {"cmyk.jpg", 4},
    {"rgb.png", 0},      {"alpha.png", 0},      {"palette.png", 0},        {"grey.png", 0}, {"rgb.bmp", 0},
    {"rgb.ppm", 0},      {"grey.pgm", 0},       {"rotated_by_exif.jpg", 8}};

class DecodeTest : public testing::TestWithParam<Encoding> {};

INSTANTIATE_TEST_SUITE_P(Encodings, DecodeTest, testing::ValuesIn(encodings), [](const auto& encoding) {
    std::string name = encoding.param.file;
    std::replace(name.begin(), name.end(), '.', '_');
    return name;
});

TEST_P(DecodeTest, GivesPillowsPixels) {
    const Image image = decode_image(folder / GetParam().file);
    const std::string expected = test::file_content(folder / (std::string(GetParam().file) + ".rgb"));
    ASSERT_EQ(image.height, 13);
    ASSERT_EQ(image.width, 19);
    ASSERT_EQ(image.rgb.size(), expected.size());
    int worst = 0;
    for (size_t i = 0; i < expected.size(); ++i) {
        worst = std::max(worst, std::abs(image.rgb[i] - static_cast<uint8_t>(expected[i])));
    }
    EXPECT_LE(worst, GetParam().tolerance);
}

TEST_P(DecodeTest, RefusesTheFileCutAtAnyByte) {
    const std::string file = test::file_content(folder / GetParam().file);
    for (size_t size = 0; size < file.size(); ++size) {
        EXPECT_FALSE(decoded(file.substr(0, size))) << "cut to " << size << " of " << file.size() << " bytes";
    }
}

TEST_P(DecodeTest, DecodesDamagedFilesDeterministicallyOrRefusesThem) {
    const std::string file = test::file_content(folder / GetParam().file);
    Random random(RandomStream::synthetic, {1});
    for (int round = 0; round < 500; ++round) {
        std::string damaged = file;
        // Half of the damage goes to the headers, where it does most.
        const auto range =
            static_cast<uint32_t>(round % 2 ? damaged.size() : std::min<size_t>(damaged.size(), 200));
        for (uint32_t i = 0; i <= random.below(3); ++i) {
            damaged[random.below(range)] = static_cast<char>(random.below(256));
        }
        const std::optional<Image> first = decoded(damaged), second = decoded(damaged);
        ASSERT_EQ(first.has_value(), second.has_value()) << "round " << round;
        if (!first) continue;
        ASSERT_EQ(first->rgb, second->rgb) << "round " << round;
        ASSERT_EQ(first->rgb.size(), size_t{3} * first->height * first->width) << "round " << round;
    }
}

TEST(DecodeErrorTest, NamesTheFileAndTheReason) {
    const test::TemporaryFolder temporary;
    const auto message = [](const std::filesystem::path& file) {
        return test::message_of<ImageError>([&] { decode_image(file); });
    };
    const auto missing = temporary.path() / "missing.jpg";
    EXPECT_EQ(message(missing), missing.string() + ": cannot open image (No such file or directory)");
    const auto empty = test::write_file(temporary / "empty.png", "");
    EXPECT_EQ(message(empty), empty.string() + ": the file is empty");
    const auto text = test::write_file(temporary / "text.jpg", "this is not an image at all");
    EXPECT_THAT(message(text), testing::StartsWith(text.string() + ": not an image that can be read"));
    EXPECT_THAT(message(temporary.path()),
                testing::StartsWith(temporary.path().string() + ": cannot read image"));
    const std::string jpeg = test::file_content(folder / "baseline.jpg");
    const auto cut = test::write_file(temporary / "cut.jpg", jpeg.substr(0, jpeg.size() - 2));
    EXPECT_EQ(message(cut), cut.string() + ": truncated: the file ends before the image does");
}

TEST(DecodeErrorTest, RefusesAnImageLargerThanTheLimit) {
    EXPECT_FALSE(decoded("P6 60000 60000 255\n" + std::string(1000, 'x')));
}

TEST(DecodeErrorTest, RefusesAJpegWhoseDataIsMissingThoughItEndsWell) {
    std::string file = test::file_content(folder / "baseline.jpg");
    const size_t scan = file.find("\xff\xda");
    ASSERT_NE(scan, std::string::npos);
    const std::string end = "\xff\xd9";
    EXPECT_FALSE(decoded(file.substr(0, scan) + end)) << "no scan at all";
    const size_t data =
        scan + 2 + static_cast<size_t>(file[scan + 2]) * 256 + static_cast<size_t>(file[scan + 3]);
    EXPECT_FALSE(decoded(file.substr(0, data) + end)) << "an empty scan";
}

/// The file with the first segment of this marker replaced by `body`.
std::string with_segment(const std::string& file, const std::string& marker, const std::string& body) {
    const size_t start = file.find(marker);
    EXPECT_NE(start, std::string::npos);
    const size_t length = static_cast<size_t>(static_cast<uint8_t>(file[start + 2])) * 256 +
                          static_cast<uint8_t>(file[start + 3]);
    const size_t size = body.size() + 2;
    return file.substr(0, start + 2) + static_cast<char>(size / 256) + static_cast<char>(size % 256) + body +
           file.substr(start + 2 + length);
}

TEST(DecodeErrorTest, RefusesHuffmanTablesThatCannotBe) {
    const std::string file = test::file_content(folder / "baseline.jpg");
    const std::string huffman = "\xff\xc4";
    const auto message = [&](const std::string& body) {
        const std::string damaged = with_segment(file, huffman, body);
        return test::message_of<ImageError>([&] { decode_image(bytes_of(damaged), "x"); });
    };
    const std::string no_codes(16, '\0');
    EXPECT_EQ(message(std::string(1, '\0') + std::string(16, '\x20') + std::string(512, '\0')),
              "x: corrupt Huffman table")
        << "512 codes of a byte";
    EXPECT_EQ(message(std::string(1, '\0') + '\1' + no_codes.substr(1) + '\x10'), "x: corrupt Huffman table")
        << "a DC difference of 16 bits";
    EXPECT_EQ(message(std::string(1, '\x24') + no_codes), "x: corrupt Huffman table") << "no such class";
    EXPECT_EQ(message(""), "x: a scan without its Huffman table");
}

TEST(DecodeErrorTest, RefusesPngWithAWrongChecksum) {
    std::string file = test::file_content(folder / "rgb.png");
    file[file.find("IDAT") + 9] ^= 1;
    EXPECT_EQ(test::message_of<ImageError>([&] { decode_image(bytes_of(file), "x.png"); }),
              "x.png: corrupt: a chunk's checksum differs");
}

// Zeros without end: after the first, DEFLATE's longest repetition (258 of the byte before) in 13 bits each.
std::string deflated_zeros(size_t repetitions) {
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
    return stream;
}

TEST(DecodeErrorTest, RefusesPngThatInflatesToMoreThanItsPixels) {
    const auto number = [](uint32_t v) {
        return std::string{static_cast<char>(v >> 24), static_cast<char>(v >> 16), static_cast<char>(v >> 8),
                           static_cast<char>(v)};
    };
    const auto crc = [](const std::string& text) {
        uint32_t c = ~0u;
        for (const char byte : text) {
            c ^= static_cast<uint8_t>(byte);
            for (int bit = 0; bit < 8; ++bit)
                c = c >> 1 ^ (c & 1u ? 0xedb88320u : 0u);
        }
        return ~c;
    };
    const auto chunk = [&](const std::string& content) {
        return number(static_cast<uint32_t>(content.size() - 4)) + content + number(crc(content));
    };
    const auto png = [&](size_t repetitions) {
        return "\x89PNG\r\n\x1a\n" + chunk("IHDR" + number(1) + number(1) + std::string("\x8\0\0\0\0", 5)) +
               chunk("IDAT" + deflated_zeros(repetitions)) + chunk("IEND");
    };
    const auto refused = [&](size_t repetitions) {
        const std::string file = png(repetitions);
        return test::message_of<ImageError>([&] { decode_image(bytes_of(file), "x.png"); });
    };
    EXPECT_EQ(refused(100'000), "x.png: cannot decode image (outofmem)");  // 25 MB from 160 kB
}

TEST(DecodeErrorTest, RefusesPnmOfSixteenBits) {
    const std::string file = "P6 2 2 65535\n" + std::string(24, 'x');
    EXPECT_THAT(test::message_of<ImageError>([&] { decode_image(bytes_of(file), "x.ppm"); }),
                testing::StartsWith("x.ppm: PNM of 16 bits"));
}

TEST(DecodeErrorTest, AcceptsWhatFollowsTheEndOfTheImage) {
    for (const char* name : {"baseline.jpg", "rgb.png", "rgb.ppm"}) {
        const std::string file = test::file_content(folder / name);
        const auto plain = decoded(file), followed = decoded(file + std::string(1000, '\0'));
        ASSERT_TRUE(plain && followed) << name;
        EXPECT_EQ(plain->rgb, followed->rgb) << name;
    }
}

}  // namespace
}  // namespace vkm::image
