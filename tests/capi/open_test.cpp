#include <gmock/gmock.h>

#include "capi/support.h"

#include <cmath>
#include <thread>

namespace vkm::capi {
namespace {

using test::image_of;
using test::logits_of;
using test::picture;
using testing::AnyOf;
using testing::HasSubstr;
using testing::StrEq;

class OpenedTest : public test::OpenTest {};

TEST_F(OpenedTest, SaysWhatIsOpen) {
    EXPECT_EQ(vkmbv3_class_count(classifier), 4);
    EXPECT_STREQ(vkmbv3_class_name(classifier, 0), "ant");
    EXPECT_STREQ(vkmbv3_class_name(classifier, 3), "3") << "a class without a name";
    EXPECT_THAT(vkmbv3_device(classifier), HasSubstr("device "));
    EXPECT_STREQ(vkmbv3_precision(classifier), "fp32");
    EXPECT_STREQ(vkmbv3_notices(classifier), "");
}

TEST_F(OpenedTest, TakesNamesAndPrecisionFromTheOptions) {
    vkmbv3_options options = test::usual_options();
    const std::string labels = files->path("labels.txt");
    options.labels = labels.c_str();
    options.precision = VKMBV3_AUTO;
    vkmbv3_classifier* other = test::open(files->weights(), options);
    EXPECT_STREQ(vkmbv3_class_name(other, 3), "four");
    EXPECT_THAT(vkmbv3_precision(other), AnyOf(StrEq("fp32"), StrEq("amp")));
    EXPECT_EQ(vkmbv3_close(other), VKMBV3_OK);
}

TEST_F(OpenedTest, RunsInHalfPrecisionWhereTheDeviceCan) {
    vkmbv3_options options = test::usual_options();
    options.precision = VKMBV3_AMP;
    vkmbv3_classifier* half = nullptr;
    if (vkmbv3_open(files->weights().c_str(), &options, &half) == VKMBV3_DEVICE_ERROR) {
        EXPECT_THAT(vkmbv3_last_error(), HasSubstr("has no fp16 storage"));
        return;
    }
    ASSERT_NE(half, nullptr) << vkmbv3_last_error();
    EXPECT_STREQ(vkmbv3_precision(half), "amp");
    const std::vector<uint8_t> pixels = picture(23, 19);
    const vkmbv3_image image = image_of(VKMBV3_RGB, 23, 19, pixels);
    const std::vector<float> expected = logits_of(classifier, image), logits = logits_of(half, image);
    ASSERT_EQ(logits.size(), expected.size());
    for (size_t i = 0; i < logits.size(); ++i)
        EXPECT_NEAR(logits[i], expected[i], 0.05 * (1 + std::abs(expected[i])));
    EXPECT_EQ(vkmbv3_close(half), VKMBV3_OK);
}

TEST_F(OpenedTest, AnswersThreadsAsOne) {
    vkmbv3_classifier* second = test::open(files->weights());
    const std::vector<std::vector<uint8_t>> pictures{picture(23, 19, 1), picture(23, 19, 2),
                                                     picture(23, 19, 3)};
    std::vector<std::vector<float>> alone, together(2 * pictures.size());
    for (const std::vector<uint8_t>& pixels : pictures)
        alone.push_back(logits_of(classifier, image_of(VKMBV3_RGB, 23, 19, pixels)));
    EXPECT_NE(alone[0], alone[1]);
    std::vector<std::thread> threads;
    for (size_t i = 0; i < together.size(); ++i)
        threads.emplace_back([&, i] {
            vkmbv3_classifier* of_two = i < pictures.size() ? classifier : second;
            for (int repeat = 0; repeat < 4; ++repeat)
                together[i] = logits_of(of_two, image_of(VKMBV3_RGB, 23, 19, pictures[i % pictures.size()]));
        });
    for (std::thread& thread : threads)
        thread.join();
    for (size_t i = 0; i < together.size(); ++i)
        EXPECT_EQ(together[i], alone[i % pictures.size()]) << i;
    EXPECT_EQ(vkmbv3_close(second), VKMBV3_OK);
}

TEST_F(OpenedTest, ClosesWhileOthersUseIt) {
    vkmbv3_classifier* shared = test::open(files->weights());
    const std::vector<uint8_t> pixels = picture(23, 19);
    const vkmbv3_image image = image_of(VKMBV3_RGB, 23, 19, pixels);
    std::vector<std::thread> threads;
    for (int i = 0; i < 2; ++i)
        threads.emplace_back([&] {
            for (;;) {
                const vkmbv3_status status = vkmbv3_classify(shared, &image, nullptr, 0, nullptr, 0);
                if (status == VKMBV3_OK) continue;
                EXPECT_EQ(status, VKMBV3_INVALID_ARGUMENT) << vkmbv3_last_error();
                return;
            }
        });
    logits_of(shared, image);
    EXPECT_EQ(vkmbv3_close(shared), VKMBV3_OK);
    for (std::thread& thread : threads)
        thread.join();
}

}  // namespace
}  // namespace vkm::capi
