#include <image/decode/decode.h>

#include <gtest/gtest.h>

#include <fmt/format.h>

#include "support/bytes.h"
#include "support/python.h"
#include "support/temporary_folder.h"
#include "support/test_data.h"

namespace vkm::image {
namespace {

void expect_parts_of_the_whole(const std::filesystem::path& file) {
    const Image whole = decode_image(file);
    const int h = whole.height, w = whole.width;
    const Rectangle parts[] = {{0, 0, h, w},
                               {h / 2, w / 2, h - h / 2, w - w / 2},
                               {h / 3, w / 4, (h + 2) / 3, (w + 1) / 2},
                               {h - 1, w - 1, 1, 1},
                               {0, 0, 1, 1},
                               {h / 3, 0, 1, w},
                               {0, w / 3, h, 1}};
    for (const Rectangle& part : parts) {
        DecodeOptions options;
        options.part = [&](int height, int width) {
            EXPECT_EQ(height, h);
            EXPECT_EQ(width, w);
            return part;
        };
        const Image image = decode_image(file, options);
        EXPECT_EQ(image.height, part.height);
        EXPECT_EQ(image.width, part.width);
        EXPECT_TRUE(image.rgb == cut(whole, part).rgb)
            << file.filename() << ": " << part.height << " x " << part.width << " from " << part.top << ", "
            << part.left;
    }
}

TEST(PartialDecodeTest, GivesThePixelsOfTheWholeImage) {
    int files = 0;
    for (const auto& entry : std::filesystem::directory_iterator(test_data() / "images")) {
        const std::string name = entry.path().filename().string();
        if (!has_image_extension(entry.path()) || !std::filesystem::exists(entry.path().string() + ".rgb"))
            continue;
        expect_parts_of_the_whole(entry.path());
        ++files;
    }
    EXPECT_GT(files, 40);
}

TEST(PartialDecodeTest, GivesThePixelsOfLargerJpegsOfEverySubsampling) {
    const test::TemporaryFolder folder;
    if (!test::run_python(folder.path(), R"(
from PIL import Image
import random
random.seed(1)
small = Image.frombytes('RGB', (40, 30), bytes(random.randrange(256) for _ in range(3600)))
image = small.resize((333, 251), Image.BICUBIC)
for s in (0, 1, 2):
    for p in (False, True): image.save(f'{s}{p}.jpg', quality=90, subsampling=s, progressive=p)
image.save('restarts.jpg', quality=80, restart_marker_blocks=3)
image.convert('L').save('grey.jpg')
image.convert('CMYK').save('cmyk.jpg')
)"))
        GTEST_SKIP() << "needs Pillow (python3-pil) to write images";
    for (const auto& entry : std::filesystem::directory_iterator(folder.path()))
        if (has_image_extension(entry.path())) expect_parts_of_the_whole(entry.path());
}

TEST(PartialDecodeTest, OfATruncatedFileIsRefused) {
    const test::TemporaryFolder folder;
    const std::string whole = test::file_content(test_data() / "images" / "baseline.jpg");
    test::write_content(folder / "half.jpg", whole.substr(0, whole.size() / 2));
    DecodeOptions options;
    options.part = [](int, int) { return Rectangle{0, 0, 1, 1}; };
    EXPECT_THROW(decode_image(folder / "half.jpg", options), ImageError);
}

}  // namespace
}  // namespace vkm::image
