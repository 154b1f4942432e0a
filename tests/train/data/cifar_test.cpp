#include <base/random.h>
#include <train/data/dataset_kinds.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/bytes.h"
#include "support/image_files.h"
#include "support/temporary_folder.h"

namespace vkm::train {
namespace {

/// Returns a record whose red, green and blue planes count up from different values.
std::string record(std::initializer_list<int> labels) {
    std::string bytes;
    for (const int label : labels)
        bytes += static_cast<char>(label);
    for (int channel = 0; channel < 3; ++channel) {
        for (int i = 0; i < 1024; ++i)
            bytes += static_cast<char>(i % 64 + 64 * channel);
    }
    return bytes;
}

std::string names(int count) {
    std::string text;
    for (int i = 0; i < count; ++i)
        text += "class" + std::to_string(i) + "\n";
    return text + "\n";
}

class CifarTest : public testing::Test {
  protected:
    void write_cifar10(const std::string& folder) const {
        test::write_file(folder_ / (folder + "batches.meta.txt"), names(10));
        for (int i = 1; i <= 5; ++i) {
            test::write_file(folder_ / (folder + "data_batch_" + std::to_string(i) + ".bin"),
                             record({i}) + record({9}));
        }
        test::write_file(folder_ / (folder + "test_batch.bin"), record({0}));
    }
    std::string error_of() const {
        return test::message_of<DatasetError>(
            [&] { open_dataset("cifar10:" + folder_.path().string(), Split::train, {}); });
    }

    test::TemporaryFolder folder_;
};

TEST_F(CifarTest, ReadsTheFilesInOrderFromTheFolderOrItsParent) {
    for (const std::string& nested : {std::string(), std::string("cifar-10-batches-bin/")}) {
        write_cifar10(nested);
        const auto set = open_dataset("cifar10:" + folder_.path().string(), Split::train, {});
        ASSERT_EQ(set->size(), 10u);
        EXPECT_EQ(set->num_classes(), 10);
        EXPECT_EQ(set->class_names()[9], "class9");
        EXPECT_EQ(set->label(0), 1);
        EXPECT_EQ(set->label(8), 5);
        EXPECT_EQ(set->label(9), 9);
        const image::Image image = std::get<image::Image>(set->sample(3));
        EXPECT_EQ(image.height, 32);
        EXPECT_EQ(image.width, 32);
        const std::vector<uint8_t> second_row(image.rgb.begin() + 96, image.rgb.begin() + 102);
        EXPECT_EQ(second_row, (std::vector<uint8_t>{32, 96, 160, 33, 97, 161}));
        EXPECT_EQ(open_dataset("cifar10:" + folder_.path().string(), Split::val, {})->size(), 1u);
    }
}

TEST_F(CifarTest, Cifar100HasFineLabels) {
    test::write_file(folder_ / "fine_label_names.txt", names(100));
    test::write_file(folder_ / "train.bin", record({3, 77}));
    test::write_file(folder_ / "test.bin", record({4, 99}) + record({5, 0}));
    const std::string spec = "cifar100:" + folder_.path().string();
    EXPECT_EQ(open_dataset(spec, Split::train, {})->label(0), 77);
    const auto set = open_dataset(spec, Split::val, {});
    EXPECT_EQ(set->num_classes(), 100);
    EXPECT_EQ(set->label(1), 0);
    EXPECT_EQ(set->name(1), "cifar100 test image 1");
    EXPECT_EQ(std::get<image::Image>(set->sample(1)).rgb[0], 0);
}

TEST_F(CifarTest, SaysWhatIsWrongWithTheRelease) {
    EXPECT_THAT(error_of(), testing::HasSubstr("batches.meta.txt: cannot be read"));
    write_cifar10("");
    test::write_file(folder_ / "batches.meta.txt", names(9));
    EXPECT_THAT(error_of(), testing::HasSubstr("holds 9 class names instead of 10"));
    write_cifar10("");
    test::write_file(folder_ / "data_batch_2.bin", record({1}).substr(1));
    EXPECT_THAT(error_of(),
                testing::HasSubstr("data_batch_2.bin: is not a whole number of 3073-byte records"));
    test::write_file(folder_ / "data_batch_2.bin", "");
    EXPECT_THAT(error_of(), testing::HasSubstr("data_batch_2.bin: is not a whole number"));
    test::write_file(folder_ / "data_batch_2.bin", record({1}) + record({10}));
    EXPECT_THAT(error_of(), testing::HasSubstr("data_batch_2.bin: label 10 in record 1 is out of range"));
    std::filesystem::remove(folder_ / "data_batch_2.bin");
    EXPECT_THAT(error_of(), testing::HasSubstr("data_batch_2.bin: cannot be read"));
}

TEST_F(CifarTest, DamagedFilesGiveLabelsInRangeOrAnError) {
    write_cifar10("");
    Random random(RandomStream::synthetic, {4});
    const std::string good = record({1}) + record({2});
    for (int round = 0; round < 200; ++round) {
        std::string damaged = good.substr(0, random.below(3) == 0 ? random.below(6146) : 6146);
        if (!damaged.empty())
            damaged[random.below(2) * 3073 % damaged.size()] = static_cast<char>(random.below(256));
        test::write_file(folder_ / "data_batch_1.bin", damaged);
        try {
            const auto set = open_dataset("cifar10:" + folder_.path().string(), Split::train, {});
            for (size_t i = 0; i < set->size(); ++i)
                ASSERT_LT(set->label(i), 10);
        } catch (const DatasetError& error) {
            ASSERT_THAT(error.what(), testing::HasSubstr("data_batch_1.bin"));
        }
    }
}

}  // namespace
}  // namespace vkm::train
