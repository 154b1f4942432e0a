#include <draw/contact_sheet.h>

#include <gtest/gtest.h>

#include <set>

namespace vkm::draw {
namespace {

image::Image plain(int height, int width, uint8_t level) {
    return {height, width, std::vector<uint8_t>(static_cast<size_t>(3 * height * width), level)};
}

int count(const image::Image& image, uint8_t level) {
    int pixels = 0;
    for (size_t i = 0; i < image.rgb.size(); i += 3)
        pixels += image.rgb[i] == level && image.rgb[i + 1] == level && image.rgb[i + 2] == level;
    return pixels;
}

TEST(ContactSheetTest, ShowsEveryPictureAtItsShape) {
    const std::vector<Tile> tiles{{plain(100, 200, 10)}, {plain(8, 4, 20)}, {plain(1, 1, 30)}};
    const image::Image sheet = contact_sheet(tiles, {.columns = 2, .side = 40});
    EXPECT_EQ(count(sheet, 10), 20 * 40);
    EXPECT_EQ(count(sheet, 20), 40 * 20);
    EXPECT_EQ(count(sheet, 30), 40 * 40);
    EXPECT_GT(sheet.height, 2 * 40);
}

TEST(ContactSheetTest, WritesBelowThePictures) {
    const std::string name = "名前 <&> " + std::string(1000, 'n');
    const image::Image with =
        contact_sheet(std::vector<Tile>{{plain(4, 4, 10), {{name, {200, 0, 0}}, {"b", {0, 0, 200}}}}});
    const image::Image without = contact_sheet(std::vector<Tile>{{plain(4, 4, 10)}});
    EXPECT_EQ(with.width, without.width);
    EXPECT_GT(with.height, without.height);
    const auto ink = [&](size_t channel) {
        for (size_t i = 0; i < with.rgb.size(); i += 3)
            if (with.rgb[i + channel] > 150 && with.rgb[i + 1] < 50) return true;
        return false;
    };
    EXPECT_TRUE(ink(0));
    EXPECT_TRUE(ink(2));
    EXPECT_EQ(count(with, 10), count(without, 10)) << "no letter lies on the picture";
}

TEST(ContactSheetTest, OfNothingIsEmpty) {
    EXPECT_GT(contact_sheet({}).width, 0);
}

}  // namespace
}  // namespace vkm::draw
