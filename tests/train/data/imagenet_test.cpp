#include <base/random.h>
#include <train/data/dataset_kinds.h>
#include <train/data/imagenet/development_kit.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/bytes.h"
#include "support/image_files.h"
#include "support/mat_file.h"
#include "support/temporary_folder.h"

namespace vkm::train {
namespace {

using testing::AllOf;
using testing::ElementsAre;
using testing::HasSubstr;

/// Holds three classes whose ILSVRC ids are not in the order of their WordNet ids, and a synset above them.
class ImageNetTest : public testing::Test {
  protected:
    ImageNetTest() {
        for (const char* name :
             {"train/n02/a.JPEG", "train/n02/b.JPEG", "train/n01/c.JPEG", "train/n03/d.JPEG"})
            image(name);
    }

    void image(const std::string& name) const { test::write_file(folder_ / name, test::ppm(2, 2, 1)); }
    void kit(const std::string& name = "ILSVRC2012_devkit_t12",
             const std::string& truth = "3\n1\n2\n1\n") const {
        test::write_file(folder_ / name / "data/meta.mat",
                         test::meta_mat({{1, "n03"}, {2, "n01"}, {3, "n02"}, {4, "n00", 3}}));
        test::write_file(folder_ / name / "data/ILSVRC2012_validation_ground_truth.txt", truth);
    }
    void validation(int count = 4) const {
        for (int i = 1; i <= count; ++i)
            image(fmt::format("val/ILSVRC2012_val_{:08}.JPEG", i));
    }
    std::shared_ptr<const Dataset> open(Split split, ClassOrder order = ClassOrder::by_name) const {
        return open_dataset("imagenet:" + folder_.path().string(), split, {.class_order = order});
    }
    std::string error_of(Split split, ClassOrder order = ClassOrder::by_name) const {
        return test::message_of<Error>([&] { open(split, order); });
    }
    static std::vector<int> labels_of(const Dataset& data) {
        std::vector<int> labels;
        for (size_t i = 0; i < data.size(); ++i)
            labels.push_back(data.label(i));
        return labels;
    }

    const test::TemporaryFolder folder_;
};

class ImageNetKitTest : public ImageNetTest {
  protected:
    void SetUp() override {
        if (!reads_meta_mat()) GTEST_SKIP() << "this build reads no MATLAB files";
    }
};

TEST_F(ImageNetTest, TrainingImagesLieInFoldersOfWordNetIds) {
    const auto data = open(Split::train);
    EXPECT_THAT(data->class_names(), ElementsAre("n01", "n02", "n03"));
    EXPECT_THAT(labels_of(*data), ElementsAre(0, 1, 1, 2));
    EXPECT_EQ(data->name(1), (folder_ / "train/n02/a.JPEG").string());
}

TEST_F(ImageNetTest, ValidationImagesMayLieInClassFolders) {
    image("val/n03/x.JPEG");
    image("val/n01/y.JPEG");
    EXPECT_THAT(labels_of(*open(Split::val)), ElementsAre(0, 2));
    image("val/n09/z.JPEG");
    EXPECT_THAT(error_of(Split::val), HasSubstr("n09 is a class that"));
}

TEST_F(ImageNetKitTest, FlatValidationImagesHaveTheLabelsOfTheGroundTruth) {
    validation();
    for (const char* name :
         {"ILSVRC2012_devkit_t12", "ILSVRC2012_dev_kit_t12", "ILSVRC2012_devkit_t12/ILSVRC2012_devkit_t12"}) {
        kit(name);
        const auto data = open(Split::val);
        EXPECT_THAT(data->class_names(), ElementsAre("n01", "n02", "n03"));
        EXPECT_THAT(labels_of(*data), ElementsAre(1, 2, 0, 2)) << "n02, n03, n01, n03";
        std::filesystem::remove_all(folder_ / "ILSVRC2012_devkit_t12");
        std::filesystem::remove_all(folder_ / "ILSVRC2012_dev_kit_t12");
    }
}

TEST_F(ImageNetKitTest, ClassesMayBeInTheOrderOfTheIlsvrcIds) {
    validation();
    kit();
    EXPECT_THAT(open(Split::train, ClassOrder::ilsvrc)->class_names(), ElementsAre("n03", "n01", "n02"));
    EXPECT_THAT(labels_of(*open(Split::train, ClassOrder::ilsvrc)), ElementsAre(1, 2, 2, 0));
    EXPECT_THAT(labels_of(*open(Split::val, ClassOrder::ilsvrc)), ElementsAre(2, 0, 1, 0));
}

TEST_F(ImageNetKitTest, PartsAreFoundWhereArchivesUnpackThem) {
    std::filesystem::rename(folder_ / "train", folder_ / "ILSVRC2012_img_train");
    for (int i = 1; i <= 4; ++i)
        image(fmt::format("ILSVRC2012_img_val/ILSVRC2012_val_{:08}.JPEG", i));
    kit();
    EXPECT_EQ(open(Split::train)->size(), 4u);
    EXPECT_EQ(open(Split::val)->size(), 4u);
}

TEST_F(ImageNetTest, SaysWhatIsMissing) {
    EXPECT_THAT(error_of(Split::val), HasSubstr("has no folder 'val' (nor 'ILSVRC2012_img_val')"));
    test::write_file(folder_ / "ILSVRC2012_img_val.tar", "x");
    EXPECT_THAT(error_of(Split::val), HasSubstr("ILSVRC2012_img_val.tar is packed: unpack it into"));
    validation();
    EXPECT_THAT(error_of(Split::val),
                AllOf(HasSubstr("without class folders"), HasSubstr("ILSVRC2012_devkit_t12")));
    EXPECT_THAT(error_of(Split::train, ClassOrder::ilsvrc), HasSubstr("takes the development kit"));
    test::write_file(folder_ / "ILSVRC2012_devkit_t12.tar.gz", "x");
    EXPECT_THAT(error_of(Split::val),
                HasSubstr("unpack " + (folder_ / "ILSVRC2012_devkit_t12.tar.gz").string()));
    std::filesystem::remove_all(folder_ / "train");
    test::write_file(folder_ / "train/n01.tar", "x");
    EXPECT_THAT(error_of(Split::train), HasSubstr("n01.tar is packed: unpack the archive of each class"));
    EXPECT_THAT(test::message_of<Error>([] { open_dataset("imagenet:/nowhere", Split::train, {}); }),
                HasSubstr("/nowhere is not a folder"));
}

TEST_F(ImageNetKitTest, NamesEveryMismatchWithTheGroundTruth) {
    validation();
    kit("ILSVRC2012_devkit_t12", "3\n1\n2\n1\n1\n2\n");
    EXPECT_THAT(error_of(Split::val),
                AllOf(HasSubstr("holds 4 images and the development kit's ground truth has 6 lines"),
                      HasSubstr("2 are missing: ILSVRC2012_val_00000005, ILSVRC2012_val_00000006")));
    kit("ILSVRC2012_devkit_t12", "3\n1\n2\n");
    EXPECT_THAT(error_of(Split::val), HasSubstr("1 has no line there: ILSVRC2012_val_00000004.JPEG"));
    kit("ILSVRC2012_devkit_t12", "3\n1\n4\n1\n");
    EXPECT_THAT(error_of(Split::val), HasSubstr("ground_truth.txt:3: is not the number of a class, 1 to 3"));
}

TEST_F(ImageNetKitTest, RefusesADamagedKit) {
    validation();
    kit();
    const std::filesystem::path meta = folder_ / "ILSVRC2012_devkit_t12/data/meta.mat";
    for (const auto& [content, problem] :
         {std::pair<std::string, std::string>{"text", "no MATLAB file"},
          {test::meta_mat({{1, "n01"}, {1, "n02"}}), "is there twice"},
          {test::meta_mat({{1, "n01"}, {3, "n02"}}), "do not run from 1 on"},
          {test::meta_mat({{1, ""}, {2, "n02"}}), "synset 1 has no ILSVRC2012_ID or WNID"}}) {
        test::write_content(meta, content);
        EXPECT_THAT(error_of(Split::val), AllOf(HasSubstr("meta.mat"), HasSubstr(problem)));
    }
}

TEST_F(ImageNetKitTest, ADamagedKitIsAnErrorAndNeverACrash) {
    kit();
    const std::filesystem::path folder = folder_ / "ILSVRC2012_devkit_t12/data";
    const std::string good = test::file_content(folder / "meta.mat");
    Random random(RandomStream::synthetic, {1});
    for (int round = 0; round < 60; ++round) {
        std::string damaged = good;
        const size_t at = 128 + random.below(static_cast<uint32_t>(good.size() - 128));
        if (round % 3 == 0)
            damaged.resize(at);
        else if (round % 3 == 1)
            damaged[at] = static_cast<char>(random.below(256));
        else
            damaged.replace(at / 4 * 4, 4, test::raw(uint32_t{0x7fffffff} >> random.below(31)));
        test::write_content(folder / "meta.mat", damaged);
        try {
            EXPECT_FALSE(read_synsets(folder).empty());
        } catch (const DatasetError& error) {
            EXPECT_THAT(error.what(), HasSubstr("meta.mat: "));
        }
    }
}

}  // namespace
}  // namespace vkm::train
