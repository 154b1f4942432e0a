#include <image/decode/decode.h>
#include <image/decode/format.h>
#include <image/decode/recycle.h>

#include <gtest/gtest.h>

#include "support/test_data.h"

namespace vkm::image {
namespace {

Image image_of(int height, int width, uint8_t value) {
    return {height, width, std::vector<uint8_t>(size_t{3} * height * width, value)};
}

TEST(RecycleTest, TheNextImageHasTheMemory) {
    Image old = image_of(40, 30, 1);
    const uint8_t* const memory = old.rgb.data();
    recycle(std::move(old));
    const Image next = blank_image(30, 40);
    EXPECT_EQ(next.rgb.data(), memory);
    EXPECT_EQ(next.rgb, std::vector<uint8_t>(size_t{3} * 30 * 40)) << "and nothing of the old pixels";
    EXPECT_NE(blank_image(30, 40).rgb.data(), memory);
}

TEST(RecycleTest, ASmallerImageHasItDownToHalf) {
    recycle(image_of(40, 30, 1));
    EXPECT_GE(blank_image(30, 20).rgb.capacity(), size_t{3} * 30 * 40);
    recycle(image_of(40, 30, 1));
    EXPECT_LT(blank_image(30, 19).rgb.capacity(), size_t{3} * 30 * 40);
}

TEST(RecycleTest, ALargerImageHasItsOwn) {
    recycle(image_of(40, 30, 1));
    const Image larger = blank_image(31, 40);
    EXPECT_EQ(larger.height, 40);
    EXPECT_EQ(larger.width, 31);
    EXPECT_EQ(larger.rgb.size(), size_t{3} * 31 * 40);
}

TEST(RecycleTest, ARecycledImageIsEmpty) {
    Image image = image_of(4, 3, 1);
    recycle(std::move(image));
    EXPECT_EQ(image.height, 0);  // NOLINT(bugprone-use-after-move)
    EXPECT_TRUE(image.rgb.empty());
}

TEST(RecycleTest, TooLargeAnImageIsRefused) {
    EXPECT_THROW(blank_image(max_image_pixels, 2), ImageError);
    EXPECT_THROW(blank_image(0, 2), ImageError);
}

TEST(RecycleTest, NothingOfTheOldPixelsIsLeftInADecodedImage) {
    int files = 0;
    for (const auto& entry : std::filesystem::directory_iterator(test_data() / "images")) {
        if (!has_image_extension(entry.path())) continue;
        Image before;
        try {
            before = decode_image(entry.path());
        } catch (const ImageError&) {
            continue;
        }
        recycle(image_of(before.height, before.width, 0xa5));
        EXPECT_TRUE(decode_image(entry.path()).rgb == before.rgb) << entry.path();
        ++files;
    }
    EXPECT_GT(files, 40);
}

}  // namespace
}  // namespace vkm::image
