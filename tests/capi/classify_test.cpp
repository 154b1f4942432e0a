#include <image/decode/decode.h>
#include <image/yuv.h>
#include <infer/classifier.h>

#include <gmock/gmock.h>

#include "capi/support.h"

#include <array>
#include <functional>

namespace vkm::capi {
namespace {

using test::image_of;
using test::logits_of;
using test::picture;

class ClassifyTest : public test::OpenTest {};

TEST_F(ClassifyTest, AnswersAsTheClassifierDoes) {
    const std::string path = files->path("picture.ppm");
    const std::vector<uint8_t> rgb = picture(23, 19);
    test::write_content(path, test::ppm(23, 19, rgb));
    const engine::Instance instance;
    const auto device = graph::open_device(instance, static_cast<uint32_t>(test::usual_device()));
    const infer::Classification expected =
        infer::Classifier(*device, std::filesystem::path(files->weights()), {}).classify(path);

    std::array<vkmbv3_prediction, 6> top{};
    std::array<float, 4> logits{};
    const auto expect_it = [&](vkmbv3_status status) {
        ASSERT_EQ(status, VKMBV3_OK) << vkmbv3_last_error();
        for (size_t i = 0; i < 4; ++i) {
            EXPECT_EQ(top[i].label, expected.top[i].label);
            EXPECT_EQ(top[i].probability, expected.top[i].probability);
            EXPECT_EQ(vkmbv3_class_name(classifier, top[i].label), expected.top[i].name);
            EXPECT_EQ(logits[i], static_cast<float>(expected.logits[i]));
        }
        for (size_t i = 4; i < 6; ++i) {
            EXPECT_EQ(top[i].label, -1) << "there are no more classes";
            EXPECT_EQ(top[i].probability, 0);
        }
        top = {};
        logits = {};
    };
    expect_it(vkmbv3_classify_file(classifier, path.c_str(), top.data(), 6, logits.data(), 4));
    const std::string bytes = test::ppm(23, 19, rgb);
    expect_it(
        vkmbv3_classify_encoded(classifier, bytes.data(), bytes.size(), top.data(), 6, logits.data(), 4));
    const vkmbv3_image image = image_of(VKMBV3_RGB, 23, 19, rgb);
    expect_it(vkmbv3_classify(classifier, &image, top.data(), 6, logits.data(), 4));
    EXPECT_EQ(vkmbv3_classify(classifier, &image, nullptr, 0, nullptr, 0), VKMBV3_OK) << "nothing is wanted";
}

TEST_F(ClassifyTest, TakesEveryOrderOfValuesWithAnyStride) {
    constexpr int width = 23, height = 19;
    const std::vector<uint8_t> rgb = picture(width, height);
    const std::vector<float> expected = logits_of(classifier, image_of(VKMBV3_RGB, width, height, rgb));
    const std::pair<int32_t, std::vector<int>> formats[] = {{VKMBV3_RGB, {0, 1, 2}},
                                                            {VKMBV3_RGBA, {0, 1, 2, -1}},
                                                            {VKMBV3_BGR, {2, 1, 0}},
                                                            {VKMBV3_BGRA, {2, 1, 0, -1}}};
    for (const auto& [format, order] : formats)
        for (const size_t gap : {size_t{0}, size_t{5}}) {
            std::vector<uint8_t> pixels;
            for (size_t i = 0; i < rgb.size(); i += 3) {
                for (const int value : order)
                    pixels.push_back(value < 0 ? 77 : rgb[i + static_cast<size_t>(value)]);
                if ((i / 3 + 1) % width == 0 && i + 3 < rgb.size()) pixels.resize(pixels.size() + gap, 99);
            }
            vkmbv3_image image = image_of(format, width, height, pixels);
            if (gap > 0) image.stride = order.size() * width + gap;
            EXPECT_EQ(logits_of(classifier, image), expected) << format << " " << gap;
        }
}

TEST_F(ClassifyTest, RepeatsGreyInEveryColour) {
    const std::vector<uint8_t> grey = picture(5, 9);
    std::vector<uint8_t> rgb;
    for (const uint8_t value : grey)
        rgb.insert(rgb.end(), 3, value);
    EXPECT_EQ(logits_of(classifier, image_of(VKMBV3_GRAY, 15, 9, grey)),
              logits_of(classifier, image_of(VKMBV3_RGB, 15, 9, rgb)));
}

// Turning what was turned the other way gives the picture again.
TEST_F(ClassifyTest, TurnsClockwise) {
    constexpr int width = 23, height = 19;
    const std::vector<uint8_t> rgb = picture(width, height);
    const std::vector<float> expected = logits_of(classifier, image_of(VKMBV3_RGB, width, height, rgb));
    using Place = std::pair<int, int>;  // column and row in the upright picture of a stored pixel
    const std::tuple<int, bool, std::function<Place(int, int)>> turns[] = {
        {0, false,
         [](int x, int y) {
             return Place{x, y};
         }},
        {90, true,
         [](int x, int y) {
             return Place{width - 1 - y, x};
         }},
        {180, false,
         [](int x, int y) {
             return Place{width - 1 - x, height - 1 - y};
         }},
        {270, true, [](int x, int y) {
             return Place{y, height - 1 - x};
         }}};
    for (const auto& [rotation, swapped, place] : turns) {
        const int stored_width = swapped ? height : width, stored_height = swapped ? width : height;
        std::vector<uint8_t> stored;
        for (int y = 0; y < stored_height; ++y)
            for (int x = 0; x < stored_width; ++x) {
                const auto [column, row] = place(x, y);
                const auto* const from = rgb.data() + 3 * (row * width + column);
                stored.insert(stored.end(), from, from + 3);
            }
        vkmbv3_image image = image_of(VKMBV3_RGB, stored_width, stored_height, stored);
        image.rotation = rotation;
        EXPECT_EQ(logits_of(classifier, image), expected) << rotation;
    }
}

TEST_F(ClassifyTest, TakesWhatCamerasDeliver) {
    constexpr int width = 13, height = 9;
    const std::vector<uint8_t> luma = picture(width, height), chroma = picture(14, 9, 5);
    using enum image::ChromaOrder;
    using enum image::YuvRange;
    const std::tuple<int32_t, image::ChromaOrder, image::YuvRange> formats[] = {
        {VKMBV3_NV12, cb_cr, limited},
        {VKMBV3_NV21, cr_cb, limited},
        {VKMBV3_NV12_FULL_RANGE, cb_cr, full},
        {VKMBV3_NV21_FULL_RANGE, cr_cb, full}};
    std::vector<std::vector<float>> answers;
    for (const auto& [format, order, range] : formats) {
        const image::Image rgb =
            image::rgb_of({width, height, luma.data(), width, chroma.data(), 14, order, range});
        const std::vector<float> expected =
            logits_of(classifier, image_of(VKMBV3_RGB, width, height, rgb.rgb));
        vkmbv3_image image = image_of(format, width, height, luma);
        image.chroma = chroma.data();
        EXPECT_EQ(logits_of(classifier, image), expected) << format << ": planes apart";

        // One plane behind the other, the first with gaps.
        std::vector<uint8_t> both(16 * 9 + 16 * 5);
        for (size_t row = 0; row < 9; ++row)
            std::copy_n(luma.begin() + static_cast<ptrdiff_t>(width * row), width,
                        both.begin() + static_cast<ptrdiff_t>(16 * row));
        for (size_t row = 0; row < 5; ++row)
            std::copy_n(chroma.begin() + static_cast<ptrdiff_t>(14 * row), 14,
                        both.begin() + static_cast<ptrdiff_t>(16 * (9 + row)));
        image = image_of(format, width, height, both);
        image.stride = 16;
        EXPECT_EQ(logits_of(classifier, image), expected) << format << ": one buffer";
        answers.push_back(expected);
    }
    for (size_t i = 1; i < answers.size(); ++i)
        EXPECT_NE(answers[i], answers[0]) << "the formats differ";
}

}  // namespace
}  // namespace vkm::capi
