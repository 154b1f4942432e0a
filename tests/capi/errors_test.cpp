#include <gmock/gmock.h>

#include "capi/support.h"

#include <array>
#include <cstring>
#include <thread>

namespace vkm::capi {
namespace {

using test::image_of;
using test::picture;
using testing::HasSubstr;

class ErrorsTest : public test::OpenTest {
  protected:
    vkmbv3_status status_of_opening(const std::string& weights, const vkmbv3_options& options) {
        auto* opened = reinterpret_cast<vkmbv3_classifier*>(uintptr_t{1});
        const vkmbv3_status status = vkmbv3_open(weights.c_str(), &options, &opened);
        EXPECT_EQ(opened == nullptr, status != VKMBV3_OK);
        if (opened) vkmbv3_close(opened);
        return status;
    }

    const vkmbv3_options defaults = test::usual_options();
};

TEST_F(ErrorsTest, TypesWhatCannotBeOpened) {
    vkmbv3_options options = defaults;
    EXPECT_EQ(status_of_opening(files->path("absent.pth"), options), VKMBV3_FILE_ERROR);
    EXPECT_THAT(vkmbv3_last_error(), HasSubstr("absent.pth"));
    EXPECT_EQ(vkmbv3_last_status(), VKMBV3_FILE_ERROR);
    EXPECT_EQ(status_of_opening(files->path("text.pth"), options), VKMBV3_WEIGHTS_ERROR);
    EXPECT_THAT(vkmbv3_last_error(), HasSubstr("text.pth"));
    options.device = 99;
    EXPECT_EQ(status_of_opening(files->weights(), options), VKMBV3_NO_VULKAN);
    EXPECT_THAT(vkmbv3_last_error(), HasSubstr("no device 99"));
    options.device = -2;
    EXPECT_EQ(status_of_opening(files->weights(), options), VKMBV3_INVALID_ARGUMENT);
    options = defaults;
    options.precision = 7;
    EXPECT_EQ(status_of_opening(files->weights(), options), VKMBV3_INVALID_ARGUMENT);
    EXPECT_THAT(vkmbv3_last_error(), HasSubstr("precision is 7"));
    options = defaults;
    const std::string few = files->path("few.txt"), absent = files->path("absent.txt");
    options.labels = few.c_str();
    EXPECT_EQ(status_of_opening(files->weights(), options), VKMBV3_LABELS_ERROR);
    options.labels = absent.c_str();
    EXPECT_EQ(status_of_opening(files->weights(), options), VKMBV3_FILE_ERROR);
    EXPECT_EQ(vkmbv3_open(files->weights().c_str(), nullptr, nullptr), VKMBV3_INVALID_ARGUMENT);
    vkmbv3_classifier* opened = nullptr;
    EXPECT_EQ(vkmbv3_open(nullptr, nullptr, &opened), VKMBV3_INVALID_ARGUMENT);
    EXPECT_EQ(vkmbv3_open(absent.c_str(), nullptr, &opened), VKMBV3_FILE_ERROR) << "options may be NULL";
}

TEST_F(ErrorsTest, TypesImagesThatCannotBeRead) {
    for (const char* name : {"absent.jpg", "text.jpg"}) {
        EXPECT_EQ(vkmbv3_classify_file(classifier, files->path(name).c_str(), nullptr, 0, nullptr, 0),
                  VKMBV3_IMAGE_ERROR);
        EXPECT_THAT(vkmbv3_last_error(), HasSubstr(name));
    }
    EXPECT_EQ(vkmbv3_classify_encoded(classifier, "no image", 8, nullptr, 0, nullptr, 0), VKMBV3_IMAGE_ERROR);
    EXPECT_EQ(vkmbv3_classify_encoded(classifier, "", 0, nullptr, 0, nullptr, 0), VKMBV3_IMAGE_ERROR);
    EXPECT_EQ(vkmbv3_classify_encoded(classifier, nullptr, 8, nullptr, 0, nullptr, 0),
              VKMBV3_INVALID_ARGUMENT);
    EXPECT_EQ(vkmbv3_classify_file(classifier, nullptr, nullptr, 0, nullptr, 0), VKMBV3_INVALID_ARGUMENT);
}

TEST_F(ErrorsTest, RefusesImagesThatCannotBe) {
    const std::vector<uint8_t> pixels = picture(8, 6);
    const vkmbv3_image good = image_of(VKMBV3_RGB, 8, 6, pixels);
    struct Case {
        const char* said;
        void (*spoil)(vkmbv3_image&);
    };
    const Case cases[] = {
        {"pixels are NULL", [](vkmbv3_image& image) { image.pixels = nullptr; }},
        {"0 x 6", [](vkmbv3_image& image) { image.width = 0; }},
        {"8 x 0", [](vkmbv3_image& image) { image.height = 0; }},
        {"8 x -1", [](vkmbv3_image& image) { image.height = -1; }},
        {"-8 x -6", [](vkmbv3_image& image) { image.width = -8, image.height = -6; }},
        {"larger than", [](vkmbv3_image& image) { image.width = image.height = INT32_MAX; }},
        {"larger than", [](vkmbv3_image& image) { image.height = 100'000'000; }},
        {"stride is 23", [](vkmbv3_image& image) { image.stride = 23; }},
        {"in no memory", [](vkmbv3_image& image) { image.stride = SIZE_MAX; }},
        {"in no memory", [](vkmbv3_image& image) { image.stride = SIZE_MAX / 4; }},
        {"format 99", [](vkmbv3_image& image) { image.format = 99; }},
        {"format -1", [](vkmbv3_image& image) { image.format = -1; }},
        {"rotation is 45", [](vkmbv3_image& image) { image.rotation = 45; }},
        {"rotation is -90", [](vkmbv3_image& image) { image.rotation = -90; }},
        {"rotation is 360", [](vkmbv3_image& image) { image.rotation = 360; }},
        {"stride is 7", [](vkmbv3_image& image) { image.format = VKMBV3_NV12, image.stride = 7; }},
        {"chroma_stride is 7",
         [](vkmbv3_image& image) { image.format = VKMBV3_NV21, image.chroma_stride = 7; }},
        {"in no memory",
         [](vkmbv3_image& image) { image.format = VKMBV3_NV21, image.chroma_stride = SIZE_MAX; }},
        {"struct_size is 0", [](vkmbv3_image& image) { image.struct_size = 0; }},
        {"struct_size is", [](vkmbv3_image& image) { image.struct_size = SIZE_MAX; }},
    };
    for (const Case& c : cases) {
        SCOPED_TRACE(c.said);
        vkmbv3_image image = good;
        c.spoil(image);
        vkmbv3_prediction top{77, 0.5};
        std::array<float, 4> logits{1, 2, 3, 4};
        EXPECT_EQ(vkmbv3_classify(classifier, &image, &top, 1, logits.data(), 4), VKMBV3_INVALID_ARGUMENT);
        EXPECT_THAT(vkmbv3_last_error(), HasSubstr(c.said));
        EXPECT_EQ(top.label, 77);
        EXPECT_EQ(logits, (std::array<float, 4>{1, 2, 3, 4}));
    }
    EXPECT_EQ(vkmbv3_classify(classifier, nullptr, nullptr, 0, nullptr, 0), VKMBV3_INVALID_ARGUMENT);
    EXPECT_EQ(vkmbv3_classify(classifier, &good, nullptr, 1, nullptr, 0), VKMBV3_INVALID_ARGUMENT);
    EXPECT_EQ(vkmbv3_classify(classifier, &good, nullptr, 0, nullptr, 4), VKMBV3_INVALID_ARGUMENT);
    std::array<float, 4> logits{};
    EXPECT_EQ(vkmbv3_classify(classifier, &good, nullptr, 0, logits.data(), 3), VKMBV3_INVALID_ARGUMENT);
    EXPECT_THAT(vkmbv3_last_error(), HasSubstr("there are 4 classes"));
    EXPECT_EQ(vkmbv3_classify(classifier, &good, nullptr, 0, logits.data(), 4), VKMBV3_OK) << "it goes on";
}

TEST_F(ErrorsTest, KnowsClassifiersThatAreNotOpen) {
    vkmbv3_classifier* closed = test::open(files->weights());
    EXPECT_EQ(vkmbv3_close(closed), VKMBV3_OK);
    vkmbv3_classifier* another = test::open(files->weights());
    EXPECT_NE(another, closed) << "a handle is not used again";
    EXPECT_EQ(vkmbv3_close(another), VKMBV3_OK);
    const std::vector<uint8_t> pixels = picture(8, 6);
    const vkmbv3_image image = image_of(VKMBV3_RGB, 8, 6, pixels);
    for (vkmbv3_classifier* handle : {static_cast<vkmbv3_classifier*>(nullptr), closed,
                                      reinterpret_cast<vkmbv3_classifier*>(uintptr_t{0xdeadbee0})}) {
        EXPECT_EQ(vkmbv3_classify(handle, &image, nullptr, 0, nullptr, 0), VKMBV3_INVALID_ARGUMENT);
        EXPECT_EQ(vkmbv3_classify_file(handle, "x", nullptr, 0, nullptr, 0), VKMBV3_INVALID_ARGUMENT);
        EXPECT_EQ(vkmbv3_classify_encoded(handle, "x", 1, nullptr, 0, nullptr, 0), VKMBV3_INVALID_ARGUMENT);
        EXPECT_EQ(vkmbv3_class_count(handle), 0);
        EXPECT_EQ(vkmbv3_class_name(handle, 0), nullptr);
        EXPECT_EQ(vkmbv3_device(handle), nullptr);
        EXPECT_EQ(vkmbv3_precision(handle), nullptr);
        EXPECT_EQ(vkmbv3_notices(handle), nullptr);
        EXPECT_EQ(vkmbv3_last_status(), VKMBV3_INVALID_ARGUMENT);
        EXPECT_EQ(vkmbv3_close(handle), handle ? VKMBV3_INVALID_ARGUMENT : VKMBV3_OK);
    }
    EXPECT_EQ(vkmbv3_class_name(classifier, -1), nullptr);
    EXPECT_EQ(vkmbv3_class_name(classifier, 4), nullptr);
    EXPECT_THAT(vkmbv3_last_error(), HasSubstr("no class 4"));
}

TEST_F(ErrorsTest, RefusesOutputsThatAreNoNumbers) {
    vkmbv3_classifier* overflowing = test::open(files->path("overflowing.safetensors"));
    const std::vector<uint8_t> pixels = picture(8, 6);
    const vkmbv3_image image = image_of(VKMBV3_RGB, 8, 6, pixels);
    EXPECT_EQ(vkmbv3_classify(overflowing, &image, nullptr, 0, nullptr, 0), VKMBV3_NOT_FINITE);
    EXPECT_THAT(vkmbv3_last_error(), HasSubstr("not finite"));
    EXPECT_EQ(vkmbv3_close(overflowing), VKMBV3_OK);
}

TEST_F(ErrorsTest, RemembersTheLastFailureOfEachThread) {
    EXPECT_EQ(vkmbv3_close(reinterpret_cast<vkmbv3_classifier*>(uintptr_t{99})), VKMBV3_INVALID_ARGUMENT);
    const std::string text = vkmbv3_last_error();
    EXPECT_EQ(vkmbv3_class_count(classifier), 4);
    EXPECT_EQ(vkmbv3_last_error(), text) << "success leaves it";
    std::thread([] {
        EXPECT_STREQ(vkmbv3_last_error(), "");
        EXPECT_EQ(vkmbv3_last_status(), VKMBV3_OK);
        EXPECT_EQ(vkmbv3_class_count(nullptr), 0);
        EXPECT_THAT(vkmbv3_last_error(), HasSubstr("NULL"));
    }).join();
    EXPECT_EQ(vkmbv3_last_error(), text);
}

// A program that was built with another header has structs of another size.
TEST_F(ErrorsTest, TakesStructsOfNewerHeadersThatAskForNothingNew) {
    struct Newer {
        vkmbv3_options known;
        int64_t news;
    };
    Newer options{defaults, 0};
    options.known.struct_size = sizeof(Newer);
    EXPECT_EQ(status_of_opening(files->weights(), options.known), VKMBV3_OK);
    options.news = 1;
    EXPECT_EQ(status_of_opening(files->weights(), options.known), VKMBV3_INVALID_ARGUMENT);
    EXPECT_THAT(vkmbv3_last_error(), HasSubstr(vkmbv3_version()));
    options.known.struct_size = sizeof(size_t);
    EXPECT_EQ(status_of_opening(files->weights(), options.known), VKMBV3_INVALID_ARGUMENT);
}

}  // namespace
}  // namespace vkm::capi
