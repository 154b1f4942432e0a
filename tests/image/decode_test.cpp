#include <base/random.h>
#include <image/decode/decode.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <optional>
#include <set>
#include <thread>

#include "support/bytes.h"
#include "support/image_files.h"
#include "support/image_samples.h"
#include "support/png_file.h"
#include "support/python.h"
#include "support/temporary_folder.h"

namespace vkm::image {
namespace {

const std::filesystem::path folder = test::image_samples_folder();

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

std::string refusal(const std::string& file) {
    return test::message_of<ImageError>([&] { decode_image(bytes_of(file), "x"); });
}

/// Decodes every file of tests/data/images.
class DecodeTest : public testing::TestWithParam<std::string> {
  protected:
    /// Returns whether the file is PNM as text, which ends in a number.
    bool is_text() const { return file_[0] == 'P' && file_[1] <= '3'; }

    const std::string file_ = test::file_content(folder / GetParam());
    const std::string expected_ = test::file_content(folder / (GetParam() + ".rgb"));
};

INSTANTIATE_TEST_SUITE_P(Samples, DecodeTest, testing::ValuesIn(test::image_samples()),
                         [](const auto& sample) {
                             std::string name = sample.param;
                             std::replace(name.begin(), name.end(), '.', '_');
                             return name;
                         });

/// Debian's Pillow and we call the same libraries; elsewhere their versions may differ.
TEST_P(DecodeTest, GivesPillowsPixels) {
    static const std::set<std::string> turned{"rotated_by_exif.jpg", "mirrored_by_exif.jpg",
                                              "exif_before.png",     "exif_after.png",
                                              "exif.webp",           "xmp.png"};
    const Image image = decode_image(folder / GetParam());
    ASSERT_EQ(image.height, turned.contains(GetParam()) ? 19 : 13);
    ASSERT_EQ(image.width, turned.contains(GetParam()) ? 13 : 19);
    ASSERT_EQ(image.rgb.size(), expected_.size());
    int worst = 0;
    for (size_t i = 0; i < expected_.size(); ++i)
        worst = std::max(worst, std::abs(image.rgb[i] - static_cast<uint8_t>(expected_[i])));
    EXPECT_LE(worst, 1);
}

/// What is missing from a file that is read was not needed, or said which way is up.
TEST_P(DecodeTest, RefusesACutFileOrGivesTheSamePixels) {
    const Image whole = decode_image(folder / GetParam()), lying = decode_image(folder / "rgb.png");
    EXPECT_FALSE(decoded(file_.substr(0, file_.size() / 3)));
    for (size_t size = 0; size < file_.size(); ++size) {
        if (is_text() && std::isdigit(static_cast<unsigned char>(file_[size]))) continue;  // within a number
        const std::optional<Image> cut = decoded(file_.substr(0, size));
        const bool loses_its_orientation = GetParam() == "exif_after.png" && cut && cut->width == lying.width;
        ASSERT_EQ(cut.value_or(whole).rgb, loses_its_orientation ? lying.rgb : whole.rgb)
            << "cut to " << size << " of " << file_.size() << " bytes";
    }
}

TEST_P(DecodeTest, DecodesDamagedFilesDeterministicallyOrRefusesThem) {
    Random random(RandomStream::synthetic, {1});
    for (int round = 0; round < 200; ++round) {
        std::string damaged = file_;
        // Half of the damage goes to the headers, where it does most.
        const auto range =
            static_cast<uint32_t>(round % 2 ? damaged.size() : std::min<size_t>(damaged.size(), 200));
        for (uint32_t i = 0; i <= random.below(3); ++i)
            damaged[random.below(range)] = static_cast<char>(random.below(256));
        const std::optional<Image> first = decoded(damaged), second = decoded(damaged);
        ASSERT_EQ(first.has_value(), second.has_value()) << "round " << round;
        if (!first) continue;
        ASSERT_TRUE(first->rgb == second->rgb) << "round " << round;
        ASSERT_EQ(first->rgb.size(), size_t{3} * first->height * first->width) << "round " << round;
    }
}

TEST_P(DecodeTest, AcceptsWhatFollowsTheEndOfTheImage) {
    const auto followed = decoded(file_ + (is_text() ? "\n" : "") + std::string(1000, '\0'));
    ASSERT_TRUE(followed);
    EXPECT_EQ(followed->rgb, decode_image(folder / GetParam()).rgb);
}

TEST(DecodeThreadsTest, DecodesTheSameOnSeveralThreadsAtOnce) {
    const std::vector<std::string> samples = test::image_samples();
    std::vector<std::string> wrong(4);
    std::vector<std::thread> threads;
    for (size_t t = 0; t < wrong.size(); ++t) {
        threads.emplace_back([&, t] {
            for (size_t i = 0; i < 3 * samples.size(); ++i) {
                const std::string& name = samples[(i + 7 * t) % samples.size()];
                const std::string expected = test::file_content(folder / (name + ".rgb"));
                const Image image = decode_image(folder / name);
                if (!std::equal(
                        image.rgb.begin(), image.rgb.end(), expected.begin(), expected.end(),
                        [](uint8_t a, char b) { return std::abs(a - static_cast<uint8_t>(b)) <= 1; })) {
                    wrong[t] += name + " ";
                }
            }
        });
    }
    for (std::thread& thread : threads)
        thread.join();
    EXPECT_THAT(wrong, testing::Each(""));
}

TEST(ImageNameTest, KnowsTheExtensionsOfItsFormatsInAnyCase) {
    for (const char* name :
         {"a.jpg", "a.JPEG", "a.Jfif", "a.png", "a.WebP", "a.gif", "a.bmp", "a.ppm", "a.pbm", "a/b.c.PGM"})
        EXPECT_TRUE(has_image_extension(name)) << name;
    for (const char* name : {"jpg", ".jpg", "a.tif", "a.jpg.txt", "a", ""})
        EXPECT_FALSE(has_image_extension(name)) << name;
}

TEST(ImageNameTest, TellsAnImageByItsFirstBytes) {
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
        if (has_image_extension(entry.path())) {
            EXPECT_TRUE(begins_as_image(entry.path())) << entry.path();
        }
    }
    const test::TemporaryFolder temporary;
    EXPECT_FALSE(begins_as_image(test::write_file(temporary / "a.png", "")));
    EXPECT_FALSE(begins_as_image(test::write_file(temporary / "a.txt", "BMW and other makes of cars")));
    EXPECT_FALSE(begins_as_image(temporary.path()));
    EXPECT_FALSE(begins_as_image(temporary / "missing"));
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
    EXPECT_EQ(message(text),
              text.string() + ": not an image that can be read: JPEG, PNG, WebP, GIF, BMP and PNM are");
    EXPECT_THAT(message(temporary.path()),
                testing::StartsWith(temporary.path().string() + ": cannot read image"));
    const std::string jpeg = test::file_content(folder / "baseline.jpg");
    const auto cut = test::write_file(temporary / "cut.jpg", jpeg.substr(0, jpeg.size() - 60));
    EXPECT_EQ(message(cut), cut.string() + ": truncated: the file ends before the image does");
}

TEST(DecodeErrorTest, NamesWhatOfAFormatCannotBeRead) {
    const std::string jpeg = test::file_content(folder / "baseline.jpg");
    const auto frame_changed = [&](size_t at, char value) {
        std::string file = jpeg;
        file[file.find("\xff\xc0") + at] = value;
        return refusal(file);
    };
    EXPECT_EQ(frame_changed(1, '\xc3'), "x: cannot decode image (Unsupported JPEG process: SOF type 0xc3)");
    EXPECT_EQ(frame_changed(4, 12), "x: cannot decode image (Unsupported JPEG data precision 12)");
    std::string bmp = test::file_content(folder / "rgb_32.bmp");
    bmp[30] = 4;
    EXPECT_EQ(refusal(bmp), "x: BMP of 32 bits a pixel and compression 4 is not supported");
    bmp[14] = 99;
    EXPECT_EQ(refusal(bmp), "x: a BMP header of 99 bytes is not supported");
    EXPECT_EQ(refusal("P5 2 2 65536\n" + std::string(24, 'x')),
              "x: corrupt: the maximum of a PNM file is between 1 and 65535, not 65536");
    EXPECT_EQ(refusal("P2 2 2 9\n1 2 3 10\n"), "x: corrupt: a value of the PNM file is above its maximum");
    EXPECT_EQ(refusal("P3 2 2 x"), "x: corrupt: a number of the PNM file is none");
    EXPECT_EQ(refusal("P1 2 2 0120"), "x: corrupt: a bit of the PNM file is neither 0 nor 1");
    EXPECT_EQ(refusal("GIF89a" + std::string("\5\0\5\0\0\0\0;", 8)), "x: a GIF without an image");
}

TEST(DecodeErrorTest, RefusesPngOfWhichAChecksumBeforeThePixelsIsWrong) {
    std::string file = test::file_content(folder / "rgb.png");
    file[file.find("IHDR") + 16] ^= 1;
    EXPECT_EQ(refusal(file), "x: cannot decode image (IHDR: CRC error)");
}

TEST(DecodeErrorTest, RefusesPngOfWhichThePixelsAreDamaged) {
    std::string file = test::file_content(folder / "rgb.png");
    file[file.find("IDAT") + 9] ^= 1;
    EXPECT_THAT(refusal(file), testing::StartsWith("x: cannot decode image (IDAT:"));
}

TEST(DecodeErrorTest, ReadsApplesPngWhereItIsOneAndNamesItOtherwise) {
    const std::string header = test::png_header(3, 2), apple = test::png_chunk("CgBI", "\x30\0\x20\2");
    const std::string begin = header.substr(0, 8) + apple + header.substr(8);
    const std::string stream = test::deflated_zeros(1), end = test::png_chunk("IEND", "");
    EXPECT_TRUE(decoded(begin + test::png_chunk("IDAT", stream) + end));
    EXPECT_EQ(refusal(begin + test::png_chunk("IDAT", stream.substr(2)) + end),
              "x: a PNG of Apple's own kind (CgBI) is not supported: convert it");
}

TEST(DecodeErrorTest, RefusesAJpegWithoutAScan) {
    const std::string file = test::file_content(folder / "baseline.jpg");
    EXPECT_THAT(refusal(file.substr(0, file.find("\xff\xda")) + "\xff\xd9"),
                testing::StartsWith("x: cannot decode image ("));
}

TEST(DecodeScaledTest, GivesPillowsDraftWhereBothSidesStayLargeEnough) {
    const test::TemporaryFolder temporary;
    if (!test::run_python(temporary.path(), "import PIL"))
        GTEST_SKIP() << "needs Pillow (python3-pil) as oracle";
    ASSERT_TRUE(test::run_python(temporary.path(), R"(
from PIL import Image
image = Image.radial_gradient('L').resize((301, 203))
image = Image.merge('RGB', (image, image.rotate(40), image.transpose(0)))
image.save('image.jpg', quality=90)
for side in (203, 102, 101, 51, 50, 26, 25, 5):
    scaled = Image.open('image.jpg')
    scaled.draft(None, (side, side))
    scaled.convert('RGB').save(f'{side}.ppm')
)"));
    for (const int side : {203, 102, 101, 51, 50, 26, 25, 5}) {
        const Image expected = decode_image(temporary / (std::to_string(side) + ".ppm"));
        const Image image = decode_image(temporary / "image.jpg", {.at_least = side});
        EXPECT_GE(std::min(image.height, image.width), side);
        EXPECT_EQ(image.width, expected.width) << side;
        EXPECT_TRUE(image.rgb == expected.rgb) << side;
    }
    EXPECT_EQ(decode_image(temporary / "image.jpg").width, 301);
}

}  // namespace
}  // namespace vkm::image
