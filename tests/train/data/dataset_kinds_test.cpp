#include <train/data/dataset_kinds.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>

#include "support/bytes.h"

namespace vkm::train {
namespace {

std::string error_of(const std::string& spec, DatasetOptions options = {}) {
    return test::message_of<DatasetError>([&] { open_dataset(spec, Split::train, options); });
}

TEST(DatasetTest, UnknownSchemesAreAnsweredWithThoseKnown) {
    for (const char* spec : {"imagnet:DIR", "", ":", "/some/folder"}) {
        EXPECT_EQ(error_of(spec),
                  "unknown kind of data '" + std::string(spec) +
                      "': use one of synthetic[:N], cifar10:DIR, cifar100:DIR, imagefolder:DIR, "
                      "imagenet:DIR, list:FILE.csv, pack:FILE, tensors:FILE.safetensors");
    }
    EXPECT_THROW(has_splits("imagnet:DIR"), DatasetError);
}

TEST(DatasetTest, ArgumentsAreRequiredWhereTheyAreNamed) {
    EXPECT_EQ(error_of("imagefolder"),
              "data 'imagefolder' lacks what comes after the colon: write imagefolder:DIR");
    EXPECT_EQ(error_of("list:"), "data 'list:' lacks what comes after the colon: write list:FILE.csv");
    EXPECT_EQ(error_of("synthetic:"),
              "data 'synthetic:' lacks what comes after the colon: write synthetic[:N]");
}

TEST(DatasetTest, ATildeIsTheHomeFolder) {
    const char* home = std::getenv("HOME");
    if (!home) GTEST_SKIP() << "there is no HOME";
    EXPECT_THAT(error_of("imagefolder:~/absent folder"),
                testing::StartsWith(std::string(home) + "/absent folder is not a folder"));
    EXPECT_THAT(error_of("imagefolder:~absent"), testing::StartsWith("~absent is not a folder"));
}

TEST(DatasetTest, ClassesWithNamesAreNotCounted) {
    for (const int classes : {9, 10, 1000}) {
        DatasetOptions options;
        options.num_classes = classes;
        EXPECT_EQ(open_dataset("synthetic", Split::train, options)->num_classes(), 10);
    }
}

TEST(DatasetTest, AnOrderOfImageNetsIsRefusedOfOtherData) {
    EXPECT_THAT(error_of("synthetic", {.class_order = ClassOrder::ilsvrc}),
                testing::HasSubstr("--class-order ilsvrc is an order of imagenet:DIR's classes"));
}

TEST(DatasetTest, TheFormOfASpecificationIsCheckedWithoutLooking) {
    EXPECT_NO_THROW(check_specification("list:/nowhere/at/all.csv"));
    EXPECT_THROW(check_specification("list:"), DatasetError);
    EXPECT_NO_THROW(check_specification("synthetic:10"));
    for (const char* count : {"0", "-1", "ten", "100000001"})
        EXPECT_THROW(check_specification(std::string("synthetic:") + count), DatasetError);
    EXPECT_THROW(check_specification("imagnet:DIR"), DatasetError);
}

TEST(DatasetTest, ASpecificationMayHoldInEveryWorkingDirectory) {
    const std::string here = std::filesystem::current_path().string();
    EXPECT_EQ(with_whole_path("list:../a/b.csv"),
              "list:" + (std::filesystem::current_path().parent_path() / "a" / "b.csv").string());
    EXPECT_EQ(with_whole_path("tensors:t.safetensors"), "tensors:" + here + "/t.safetensors");
    EXPECT_EQ(with_whole_path("imagefolder:/data"), "imagefolder:/data");
    for (const char* drawn : {"synthetic", "synthetic:10"})
        EXPECT_EQ(with_whole_path(drawn), drawn);
}

TEST(DatasetTest, OnlySomeKindsHoldBothSplits) {
    EXPECT_TRUE(has_splits("synthetic"));
    EXPECT_TRUE(has_splits("imagefolder:/nowhere/at/all"));
    EXPECT_TRUE(has_splits("cifar10:x"));
    EXPECT_TRUE(has_splits("imagenet:x"));
    EXPECT_FALSE(has_splits("list:/nowhere/at/all"));
    EXPECT_FALSE(has_splits("tensors:x"));
}

}  // namespace
}  // namespace vkm::train
