#include <image/decode/decode.h>
#include <image/encode/png.h>

#include <gtest/gtest.h>

namespace vkm::image {
namespace {

TEST(EncodePngTest, KeepsEveryPixel) {
    Image image{7, 5, {}};
    for (int i = 0; i < 7 * 5 * 3; ++i)
        image.rgb.push_back(static_cast<uint8_t>(i * 37));
    const std::vector<std::byte> file = encode_png(image);
    const Image read = decode_image({reinterpret_cast<const uint8_t*>(file.data()), file.size()}, "x");
    EXPECT_EQ(read.width, 5);
    EXPECT_EQ(read.height, 7);
    EXPECT_EQ(read.rgb, image.rgb);
}

TEST(EncodePngTest, RefusesWhatIsNoImage) {
    EXPECT_THROW(encode_png(Image{}), ImageError);
    EXPECT_THROW(encode_png(Image{2, 2, {1, 2, 3}}), ImageError);
}

}  // namespace
}  // namespace vkm::image
