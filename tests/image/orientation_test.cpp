#include <image/orientation.h>

#include <gtest/gtest.h>

namespace vkm::image {
namespace {

/// Returns three columns and two rows, numbered from 1.
Image numbered() {
    Image image{2, 3, {}};
    for (uint8_t pixel = 1; pixel <= 6; ++pixel)
        image.rgb.insert(image.rgb.end(), {pixel, pixel, pixel});
    return image;
}

std::vector<int> numbers_of(const Image& image) {
    std::vector<int> numbers{image.height, image.width};
    for (size_t i = 0; i < image.rgb.size(); i += 3)
        numbers.push_back(image.rgb[i]);
    return numbers;
}

TEST(OrientationTest, TurnsAsExifDefinesIt) {
    // EXIF 2.3, 4.6.4 A: where the first row and the first column of what is stored belong.
    const std::vector<int> expected[] = {{2, 3, 1, 2, 3, 4, 5, 6}, {2, 3, 3, 2, 1, 6, 5, 4},
                                         {2, 3, 6, 5, 4, 3, 2, 1}, {2, 3, 4, 5, 6, 1, 2, 3},
                                         {3, 2, 1, 4, 2, 5, 3, 6}, {3, 2, 4, 1, 5, 2, 6, 3},
                                         {3, 2, 6, 3, 5, 2, 4, 1}, {3, 2, 3, 6, 2, 5, 1, 4}};
    for (int orientation = 1; orientation <= 8; ++orientation) {
        EXPECT_EQ(numbers_of(oriented(numbered(), orientation)), expected[orientation - 1]) << orientation;
    }
    EXPECT_EQ(numbers_of(oriented(numbered(), 0)), expected[0]);
    EXPECT_EQ(numbers_of(oriented(numbered(), 9)), expected[0]);
}

std::optional<int> of(const std::string& exif) {
    return exif_orientation({reinterpret_cast<const uint8_t*>(exif.data()), exif.size()});
}

using namespace std::string_literals;

const std::string little =
    "II*\0\x8\0\0\0\2\0"
    "\x0f\1\2\0\4\0\0\0abc\0"
    "\x12\1\3\0\1\0\0\0\6\0\0\0\0\0\0\0"s;
const std::string big = "MM\0*\0\0\0\x8\0\1\1\x12\0\3\0\0\0\1\0\3\0\0\0\0\0\0"s;

TEST(ExifTest, ReadsBothByteOrdersWithAndWithoutItsPrefix) {
    EXPECT_EQ(of(little), 6);
    EXPECT_EQ(of(big), 3);
    EXPECT_EQ(of("Exif\0\0"s + big), 3);
}

TEST(ExifTest, HasNoOrientationWhereThereIsNoneOrItIsWrong) {
    EXPECT_EQ(of(""), std::nullopt);
    EXPECT_EQ(of("Exif\0\0"s), std::nullopt);
    EXPECT_EQ(of("MM\0*\xff\xff\xff\xff"s), std::nullopt);
    std::string wrong = big;
    wrong[19] = 9;
    EXPECT_EQ(of(wrong), std::nullopt);
    for (size_t size = 0; size < 18; ++size)
        EXPECT_EQ(of(big.substr(0, size)), std::nullopt) << size;
}

TEST(ExifTest, ReadsTheTextsOfPngFiles) {
    EXPECT_EQ(raw_profile_orientation("\nexif\n  32\n457869660000\n4d4d002a00000008000101120003000000010005"
                                      "00000000\n"),
              5);
    EXPECT_EQ(raw_profile_orientation("\nexif\n"), std::nullopt);
    EXPECT_EQ(raw_profile_orientation(""), std::nullopt);
    EXPECT_EQ(xmp_orientation(R"(<x tiff:Orientation="6"/>)"), 6);
    EXPECT_EQ(xmp_orientation("<tiff:Orientation>3</tiff:Orientation>"), 3);
    EXPECT_EQ(xmp_orientation("tiff:Orientation"), std::nullopt);
    EXPECT_EQ(xmp_orientation(R"(tiff:Orientation="9")"), std::nullopt);
}

}  // namespace
}  // namespace vkm::image
