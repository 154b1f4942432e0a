#include <image/decode/decode.h>
#include <image/encode/jpeg.h>
#include <image/encode/png.h>

#include <gtest/gtest.h>

#include <fmt/format.h>

#include "support/bytes.h"
#include "support/python.h"
#include "support/temporary_folder.h"

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

/// Returns an image that JPEG changes little: smooth, with an edge.
Image smooth(int height, int width) {
    Image image{height, width, {}};
    for (int y = 0; y < height; ++y)
        for (int x = 0; x < width; ++x)
            for (const int level : {2 * x + y, 255 - y, y > height / 2 ? 200 : 40})
                image.rgb.push_back(static_cast<uint8_t>(level));
    return image;
}

TEST(EncodeJpegTest, WritesThePixelsThatPillowWrites) {
    const test::TemporaryFolder folder;
    if (!test::run_python(folder.path(), "import PIL"))
        GTEST_SKIP() << "needs Pillow (python3-pil) as oracle";
    std::string script = "from PIL import Image\n";
    struct Case {
        int height, width, quality;
    };
    constexpr Case cases[] = {{37, 53, 95}, {64, 48, 75}, {1, 1, 100}, {17, 90, 1}};
    for (const Case& c : cases) {
        const Image image = smooth(c.height, c.width);
        const std::vector<std::byte> file = encode_jpeg(image, c.quality);
        const std::string name = fmt::format("{}x{}", c.height, c.width);
        test::write_content(folder / (name + ".rgb"),
                            {reinterpret_cast<const char*>(image.rgb.data()), image.rgb.size()});
        test::write_content(folder / (name + ".ours.jpg"),
                            {reinterpret_cast<const char*>(file.data()), file.size()});
        script += fmt::format(
            "Image.frombytes('RGB', ({1}, {0}), open('{2}.rgb', 'rb').read()).save('{2}.jpg', quality={3})\n"
            "assert Image.open('{2}.jpg').tobytes() == Image.open('{2}.ours.jpg').tobytes(), '{2}'\n",
            c.height, c.width, name, c.quality);
    }
    EXPECT_TRUE(test::run_python(folder.path(), script)) << test::file_content(folder / "python.log");
}

TEST(EncodeJpegTest, RefusesWhatIsNoImage) {
    EXPECT_THROW(encode_jpeg(Image{}, 90), ImageError);
    EXPECT_THROW(encode_jpeg(Image{2, 2, {1, 2, 3}}, 90), ImageError);
    EXPECT_THROW(encode_jpeg(Image{1, 70'000, std::vector<uint8_t>(210'000)}, 90), ImageError);
}

}  // namespace
}  // namespace vkm::image
