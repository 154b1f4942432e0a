#include "train/augment/sources.h"

#include <gtest/gtest.h>
#include <image/crop.h>

#include <fmt/format.h>

namespace vkm::train {
namespace {

struct Case {
    int height, width;
    Framing framing;
};

/// Returns images from one pixel to more than a place holds, cut and scaled as training and evaluation do.
std::vector<Case> cases(int size) {
    std::vector<Case> all;
    constexpr std::array<std::array<int, 2>, 9> sizes{
        {{1, 1}, {1, 9}, {40, 2}, {19, 23}, {23, 19}, {37, 50}, {50, 37}, {90, 200}, {300, 4}}};
    int64_t position = 0;
    for (const auto& [height, width] : sizes)
        for (const Crop crop : {Crop::center, Crop::pad4, Crop::random_resized})
            for (const TrainInterpolation interpolation :
                 {TrainInterpolation::bilinear, TrainInterpolation::bicubic}) {
                Augmentation augmentation;
                augmentation.crop = crop;
                augmentation.flip = augmentation.vertical_flip = 0.5;
                augmentation.interpolation = interpolation;
                all.push_back(
                    {height, width,
                     draw_framing(augmentation, {1, 0, static_cast<uint32_t>(position), 0, position}, height,
                                  width, size, {})});
                ++position;
            }
    return all;
}

image::Image mirrored(const image::Image& from, bool horizontally, bool vertically) {
    image::Image to = from;
    for (int y = 0; y < from.height; ++y)
        for (int x = 0; x < from.width; ++x)
            for (int c = 0; c < 3; ++c)
                to.rgb[static_cast<size_t>(3 * (y * from.width + x) + c)] =
                    from.rgb[static_cast<size_t>(3 * ((vertically ? from.height - 1 - y : y) * from.width +
                                                      (horizontally ? from.width - 1 - x : x)) +
                                                 c)];
    return to;
}

/// Does on the host, with the functions that are compared with Pillow, what the device is to do.
image::Image by_host(const image::Image& image, const Framing& framing) {
    return mirrored(image::resize(cut(image, framing.cut), framing.resize, framing.interpolation),
                    framing.flipped, framing.flipped_vertically);
}

void expect_the_bytes_of_the_host(Scaling scaling) {
    constexpr int size = 13;
    const SourceLayout layout = source_layout(size, {}, scaling);
    std::vector<Source> sources;
    std::vector<image::Image> expected;
    int scaled_by_host = 0;
    for (const Case& c : cases(size)) {
        const image::Image image = test::noise(c.height, c.width, sources.size());
        expected.push_back(by_host(image, c.framing));
        const image::Rectangle part = needed_part(c.framing);
        Source& source = sources.emplace_back();
        frame(source, layout, c.framing, cut(image, part), part);
        ASSERT_LE(source.pixels.rgb.size(), static_cast<size_t>(layout.pixel_bytes()));
        scaled_by_host +=
            source.pixels.rgb.size() == 3 * size * size && needed_part(c.framing).width > 2 * size;
    }
    EXPECT_GT(scaled_by_host, 0);
    const Batch batch = test::batch_of(std::move(sources), size);
    engine::on_every_device([&](uint32_t index) {
        const auto device = graph::open_device(*engine::test_instance(), index);
        const std::vector<image::Image> seen =
            to_bytes(seen_images(*device, test::model_of(size), layout, batch));
        ASSERT_EQ(seen.size(), expected.size());
        for (size_t i = 0; i < seen.size(); ++i)
            EXPECT_EQ(test::largest_difference(seen[i], expected[i]), 0) << "case " << i;
    });
}

TEST(SourceTest, DevicesGiveTheBytesOfTheHost) {
    expect_the_bytes_of_the_host(Scaling::by_device);
}

TEST(SourceTest, ImagesThatTheHostHasScaledStayAsTheyAre) {
    expect_the_bytes_of_the_host(Scaling::by_host);
}

TEST(SourceTest, APartOfAnImageGivesWhatTheWholeGives) {
    constexpr int size = 13;
    const SourceLayout layout = source_layout(size);
    for (const Case& c : cases(size)) {
        const image::Image image = test::noise(c.height, c.width, 7);
        const image::Rectangle part = needed_part(c.framing);
        Source of_whole, of_part;
        frame(of_whole, layout, c.framing, image, {0, 0, c.height, c.width});
        frame(of_part, layout, c.framing, cut(image, part), part);
        EXPECT_TRUE(of_whole == of_part);
    }
}

TEST(SourceTest, RowsWithoutAnImageAreBlack) {
    constexpr int size = 13;
    Batch batch = test::batch_of({Source{}, Source{}}, size);
    const auto device = graph::open_device(*engine::test_instance(), engine::test_device());
    for (const image::Image& image :
         to_bytes(seen_images(*device, test::model_of(size), source_layout(size), batch)))
        EXPECT_EQ(image.rgb, std::vector<uint8_t>(size_t{3} * size * size, 0));
}

}  // namespace
}  // namespace vkm::train
