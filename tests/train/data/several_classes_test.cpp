#include "train/support/labelled.h"

#include <train/data/several_classes.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <support/bytes.h>

using testing::HasSubstr;

namespace vkm::train {
namespace {

std::string refusal(const test::Labelled& data, int64_t classes) {
    return test::message_of<DatasetError>([&] { require_several_classes(data, classes, "data"); });
}

TEST(SeveralClassesTest, AModelOfOneClassIsRefused) {
    EXPECT_THAT(refusal(test::Labelled({0, 0}, {"a"}), 1), HasSubstr("data has one class only, 'a'"));
    EXPECT_THAT(refusal(test::Labelled({0}), 1), HasSubstr("data has one class only, '0'"));
    EXPECT_EQ(refusal(test::Labelled({0, 1}), 2), "");
}

TEST(SeveralClassesTest, ImagesOfOneClassAreSaidToBe) {
    testing::internal::CaptureStdout();
    EXPECT_EQ(refusal(test::Labelled({1, 1}, {"a", "b"}), 2), "");
    EXPECT_THAT(testing::internal::GetCapturedStdout(), HasSubstr("all images of data are of the class 'b'"));
}

}  // namespace
}  // namespace vkm::train
