#include <train/data/class_check.h>
#include <train/data/file_dataset.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/bytes.h"
#include "support/captured_log.h"

namespace vkm::train {
namespace {

FileDataset with_labels(const std::vector<int>& labels, int classes, std::vector<std::string> names = {}) {
    std::vector<FileDataset::Entry> entries;
    for (const int label : labels)
        entries.push_back({"x", label});
    return {"", std::move(entries), classes, std::move(names)};
}

TEST(ClassCheckTest, LabelsFromOneAreAnErrorWhereTheDataSayHowManyClasses) {
    const FileDataset data = with_labels({1, 3, 2, 1}, 4);
    EXPECT_EQ(
        test::message_of<DatasetError>([&] { check_classes(data, true); }),
        "labels run from 1 to 3, but class numbers begin with 0: subtract 1, or pass --num-classes 4 if "
        "classes without images are meant");
    const test::CapturedLog log;
    check_classes(data, false);
    EXPECT_EQ(log.text(), "1 of 4 classes have no images to train on: 0\n");
}

TEST(ClassCheckTest, NamesClassesWithoutImages) {
    const test::CapturedLog log;
    check_classes(with_labels({0, 4}, 5), true);
    EXPECT_EQ(log.text(), "3 of 5 classes have no images to train on: 1, 2, 3\n");
    check_classes(with_labels({1, 2}, 3, {"apple", "berry", "cocoa"}), true);
    EXPECT_THAT(log.text(), testing::EndsWith("1 of 3 classes have no images to train on: apple\n"));
}

TEST(ClassCheckTest, IsSilentWhereEveryClassHasImages) {
    const test::CapturedLog log;
    check_classes(with_labels({0, 1, 2}, 3), true);
    EXPECT_EQ(log.text(), "");
}

}  // namespace
}  // namespace vkm::train
