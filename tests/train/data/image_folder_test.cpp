#include <train/data/dataset_kinds.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/bytes.h"
#include "support/image_files.h"
#include "support/temporary_folder.h"

namespace vkm::train {
namespace {

namespace fs = std::filesystem;

class ImageFolderTest : public testing::Test {
  protected:
    void image(const std::string& name) const { test::write_file(folder_ / name, test::ppm(4, 3, 1)); }

    std::shared_ptr<const Dataset> open(Split split) const {
        return open_dataset("imagefolder:" + folder_.path().string(), split, {});
    }
    std::vector<std::string> files(const Dataset& set) const {
        std::vector<std::string> names;
        for (size_t i = 0; i < set.size(); ++i) {
            names.push_back(fs::path(set.name(i)).lexically_relative(folder_.path()).string());
        }
        return names;
    }
    std::string error_of(Split split) const {
        return test::message_of<DatasetError>([&] { open(split); });
    }

    test::TemporaryFolder folder_;
};

TEST_F(ImageFolderTest, SortsClassesAndImages) {
    for (const char* name : {"train/dog/2.ppm", "train/dog/10.PPM", "train/Cat/x.PpM", "train/dog/more/0.ppm",
                             "train/dog/.hidden.ppm", "train/.git/0.ppm", "train/dog/.cache/0.ppm"}) {
        image(name);
    }
    test::write_file(folder_ / "train/dog/notes.txt", "not an image");
    const auto set = open(Split::train);
    EXPECT_EQ(set->class_names(), (std::vector<std::string>{"Cat", "dog"}));
    EXPECT_EQ(set->num_classes(), 2);
    EXPECT_EQ(files(*set), (std::vector<std::string>{"train/Cat/x.PpM", "train/dog/10.PPM", "train/dog/2.ppm",
                                                     "train/dog/more/0.ppm"}));
    EXPECT_EQ(set->label(0), 0);
    EXPECT_EQ(set->label(3), 1);
    EXPECT_EQ(std::get<image::Image>(set->sample(3)).width, 4);
}

TEST_F(ImageFolderTest, ValidationLabelsAreThoseOfTraining) {
    for (const char* name :
         {"train/a/0.ppm", "train/b/0.ppm", "train/c/0.ppm", "test/c/1.ppm", "test/a/1.ppm"})
        image(name);
    const auto set = open(Split::val);
    EXPECT_EQ(files(*set), (std::vector<std::string>{"test/a/1.ppm", "test/c/1.ppm"}));
    EXPECT_EQ(set->label(1), 2);
    EXPECT_EQ(set->num_classes(), 3);
}

TEST_F(ImageFolderTest, PrefersValToTestAndWorksWithoutTrain) {
    image("val/b/0.ppm");
    image("test/a/0.ppm");
    EXPECT_EQ(open(Split::val)->class_names(), std::vector<std::string>{"b"});
}

TEST_F(ImageFolderTest, FollowsLinkedClassFolders) {
    image("elsewhere/0.ppm");
    fs::create_directories(folder_ / "train");
    fs::create_directory_symlink(folder_ / "elsewhere", folder_ / "train/a");
    EXPECT_EQ(open(Split::train)->size(), 1u);
}

TEST_F(ImageFolderTest, SaysWhatIsMissing) {
    const std::string root = folder_.path().string();
    EXPECT_THAT(error_of(Split::train), testing::StartsWith(root + " has no folder 'train'"));
    EXPECT_THAT(error_of(Split::val), testing::StartsWith(root + " has no folder 'val' or 'test'"));
    fs::create_directories(folder_ / "train");
    EXPECT_THAT(error_of(Split::train), testing::StartsWith(root + "/train holds no class folders"));
    fs::create_directories(folder_ / "train/empty");
    image("train/full/0.ppm");
    EXPECT_THAT(error_of(Split::train),
                testing::StartsWith("class folder " + root + "/train/empty holds no images"));
    image("val/other/0.ppm");
    EXPECT_THAT(error_of(Split::val),
                testing::StartsWith(root + "/val/other is a class that " + root + "/train does not have"));
    EXPECT_THAT(
        test::message_of<DatasetError>([] { open_dataset("imagefolder:/nowhere/at/all", Split::train, {}); }),
        testing::StartsWith("/nowhere/at/all is not a folder"));
}

TEST_F(ImageFolderTest, RefusesClassNamesThatWeightsFilesCannotHold) {
    image("train/caf\xe9/0.ppm");
    EXPECT_EQ(error_of(Split::train), "the name of class folder " + (folder_ / "train/caf\xe9").string() +
                                          " is not UTF-8: rename it");
}

TEST_F(ImageFolderTest, RefusesFormatsItCannotReadInsteadOfLeavingThemOut) {
    image("train/a/0.ppm");
    test::write_file(folder_ / "train/a/1.WebP", "RIFF");
    EXPECT_EQ(error_of(Split::train),
              (folder_ / "train/a/1.WebP").string() +
                  ": webp images cannot be read: convert them to JPEG or PNG, or move them away");
}

}  // namespace
}  // namespace vkm::train
