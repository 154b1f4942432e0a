#include <train/data/dataset_kinds.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <unistd.h>

#include "support/bytes.h"
#include "support/captured_log.h"
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
        return test::message_of<Error>([&] { open(split); });
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

TEST_F(ImageFolderTest, ClassFoldersNeedNoPartsAroundThem) {
    for (const char* name : {"dog/0.ppm", "cat/0.ppm", "cat/1.ppm"})
        image(name);
    for (const Split split : {Split::train, Split::val}) {
        const auto set = open(split);
        EXPECT_EQ(set->class_names(), (std::vector<std::string>{"cat", "dog"}));
        EXPECT_EQ(files(*set), (std::vector<std::string>{"cat/0.ppm", "cat/1.ppm", "dog/0.ppm"}));
    }
    EXPECT_FALSE(has_splits("imagefolder:" + folder_.path().string()));
}

TEST_F(ImageFolderTest, PartsGoByTheNamesThatPeopleGiveThem) {
    for (const char* train : {"train", "Train", "TRAINING"})
        for (const char* val : {"val", "valid", "Validation", "dev", "test", "TEST"}) {
            const test::TemporaryFolder root;
            test::write_file(root.path() / train / "a/0.ppm", test::ppm(4, 3, 1));
            test::write_file(root.path() / val / "a/1.ppm", test::ppm(4, 3, 1));
            const std::string spec = "imagefolder:" + root.path().string();
            EXPECT_EQ(open_dataset(spec, Split::train, {})->name(0),
                      (root.path() / train / "a/0.ppm").string());
            EXPECT_EQ(open_dataset(spec, Split::val, {})->name(0), (root.path() / val / "a/1.ppm").string());
            EXPECT_TRUE(has_splits(spec));
        }
}

TEST_F(ImageFolderTest, AClassMayHaveTheNameOfAPart) {
    for (const char* name : {"train/0.ppm", "bus/0.ppm", "test/0.ppm"})
        image(name);
    EXPECT_EQ(open(Split::train)->class_names(), (std::vector<std::string>{"bus", "test", "train"}));
}

TEST_F(ImageFolderTest, LooksIntoTheOneFolderOfAnUnpackedArchive) {
    for (const char* name : {"flowers/train/rose/0.ppm", "flowers/train/tulip/0.ppm",
                             "flowers/val/rose/1.ppm", "__MACOSX/flowers/._0.ppm"})
        image(name);
    const test::CapturedLog log;
    EXPECT_EQ(open(Split::train)->class_names(), (std::vector<std::string>{"rose", "tulip"}));
    EXPECT_EQ(open(Split::val)->size(), 1u);
    EXPECT_THAT(log.text(), testing::HasSubstr("reading " + (folder_ / "flowers/train").string()));
}

TEST_F(ImageFolderTest, FollowsLinksToFoldersAndFiles) {
    for (const char* name : {"store/1.ppm", "store/deep/2.ppm", "train/a/0.ppm"})
        image(name);
    fs::create_directory_symlink("../../store", folder_ / "train/a/more");
    fs::create_symlink("0.ppm", folder_ / "train/a/again.ppm");
    const test::CapturedLog log;
    EXPECT_EQ(files(*open(Split::train)),
              (std::vector<std::string>{"train/a/0.ppm", "train/a/again.ppm", "train/a/more/1.ppm",
                                        "train/a/more/deep/2.ppm"}));
    EXPECT_EQ(log.text(), "");
}

TEST_F(ImageFolderTest, ReadsAFolderOnceAndNoFolderAbove) {
    for (const char* name : {"train/a/x/0.ppm", "train/b/0.ppm"})
        image(name);
    fs::create_directory_symlink(".", folder_ / "train/a/loop");
    fs::create_directory_symlink("../..", folder_ / "train/a/x/up");
    fs::create_directory_symlink("x", folder_ / "train/a/again");
    const test::CapturedLog log;
    EXPECT_EQ(files(*open(Split::train)), (std::vector<std::string>{"train/a/x/0.ppm", "train/b/0.ppm"}));
    EXPECT_EQ(log.text(), (folder_ / "train").string() +
                              ": 3 links lead to folders that were read already or lie above, and were not "
                              "followed: a/again, a/loop, a/x/up\n");
}

TEST_F(ImageFolderTest, ALinkThatLeadsNowhereIsAnImageThatCannotBeRead) {
    image("train/a/0.ppm");
    fs::create_symlink("nowhere.ppm", folder_ / "train/a/1.ppm");
    const auto set = open(Split::train);
    ASSERT_EQ(set->size(), 2u);
    EXPECT_THROW(set->sample(1), image::ImageError);
}

TEST_F(ImageFolderTest, TakesEveryFormatByNameOrContent) {
    for (const char* name : {"train/a/0.webp", "train/a/1.GIF", "train/a/2.JFIF", "train/a/3.pbm"})
        test::write_file(folder_ / name, "");
    for (const char* name : {"train/a/4", "train/a/5.tif", "train/a/6.jpg.download"})
        image(name);
    EXPECT_EQ(open(Split::train)->size(), 7u);
}

TEST_F(ImageFolderTest, SaysInOneLineWhatIsNoImage) {
    for (const char* name : {"train/a/0.ppm", "train/b/0.ppm", "train/a/.DS_Store", "train/a/._0.ppm",
                             "train/a/Thumbs.db", "train/.ipynb_checkpoints/0.ppm", "train/b/@eaDir/0.ppm"})
        image(name);
    for (const char* name : {"train/a/a.txt", "train/a/b.xml", "train/b/c.json", "train/d.csv"})
        test::write_file(folder_ / name, "text");
    const test::CapturedLog log;
    EXPECT_EQ(open(Split::train)->size(), 2u);
    EXPECT_EQ(log.text(),
              (folder_ / "train").string() +
                  ": 4 files are no images and were skipped: a/a.txt, a/b.xml, b/c.json and 1 more\n");
}

TEST_F(ImageFolderTest, SaysSoWhereImagesHaveNoClass) {
    for (const char* name : {"train/a/0.ppm", "train/stray.ppm"})
        image(name);
    fs::create_directory_symlink("nowhere", folder_ / "train/b");
    const test::CapturedLog log;
    EXPECT_EQ(open(Split::train)->size(), 1u);
    EXPECT_EQ(log.text(), (folder_ / "train").string() +
                              ": 2 files lie beside the class folders and were skipped: b, stray.ppm\n");
}

TEST_F(ImageFolderTest, AnEmptyClassIsAnErrorInTrainingAndSaidInValidation) {
    for (const char* name : {"train/a/0.ppm", "train/b/0.ppm", "val/a/0.ppm"})
        image(name);
    fs::create_directories(folder_ / "val/b");
    const test::CapturedLog log;
    EXPECT_EQ(open(Split::val)->size(), 1u);
    EXPECT_EQ(log.text(), (folder_ / "val").string() + ": no images of b\n");
    fs::create_directories(folder_ / "train/c");
    fs::create_directories(folder_ / "train/d");
    EXPECT_THAT(error_of(Split::train), testing::StartsWith("class folder " + (folder_ / "train/c").string() +
                                                            " holds no images (and d): add some (.jpg, "));
}

TEST_F(ImageFolderTest, NamesAFolderThatCannotBeListed) {
    image("train/a/0.ppm");
    fs::create_directories(folder_ / "train/a/closed");
    fs::permissions(folder_ / "train/a/closed", fs::perms::none);
    if (::geteuid() == 0) GTEST_SKIP() << "root may list every folder";
    EXPECT_THAT(error_of(Split::train),
                testing::StartsWith((folder_ / "train/a/closed").string() + ": the folder cannot be listed"));
    fs::permissions(folder_ / "train/a/closed", fs::perms::owner_all);
}

TEST_F(ImageFolderTest, SaysWhatIsMissing) {
    const std::string root = folder_.path().string();
    EXPECT_THAT(error_of(Split::train), testing::StartsWith(root + " has no folder 'train'"));
    EXPECT_THAT(error_of(Split::val), testing::StartsWith(root + " has no folder 'val' or 'test'"));
    image("train/0.ppm");
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

TEST_F(ImageFolderTest, RefusesPicturesItCannotReadInsteadOfLeavingThemOut) {
    image("train/a/0.ppm");
    test::write_file(folder_ / "train/a/1.Tiff", "II*");
    test::write_file(folder_ / "train/a/2.heic", "ftyp");
    EXPECT_EQ(
        error_of(Split::train),
        (folder_ / "train").string() +
            " holds 2 pictures of a format that cannot be read: a/1.Tiff, a/2.heic. Convert them (to JPEG or "
            "PNG), or move away what is not to be used");
}

}  // namespace
}  // namespace vkm::train
