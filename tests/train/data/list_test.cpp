#include <train/data/dataset_kinds.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/bytes.h"
#include "support/captured_log.h"
#include "support/image_files.h"
#include "support/temporary_folder.h"

namespace vkm::train {
namespace {

class ListTest : public testing::Test {
  protected:
    ListTest() {
        test::write_file(folder_ / "a.ppm", test::ppm(4, 3, 10));
        test::write_file(folder_ / "b.ppm", test::ppm(4, 3, 11));
        test::write_file(folder_ / "sub/with, comma.ppm", test::ppm(5, 3, 20));
        test::write_file(folder_ / "sub/with spaces.ppm", test::ppm(5, 3, 20));
    }

    std::shared_ptr<const Dataset> open(const std::string& csv, int num_classes = 0) const {
        const auto file = test::write_file(folder_ / "list.csv", csv);
        DatasetOptions options;
        options.num_classes = num_classes;
        return open_dataset("list:" + file.string(), Split::val, options);
    }
    using Seen = std::vector<std::pair<std::string, int>>;
    static Seen seen(const Dataset& set) {
        Seen result;
        for (size_t i = 0; i < set.size(); ++i)
            result.emplace_back(std::filesystem::path(set.name(i)).filename().string(), set.label(i));
        return result;
    }
    std::string error_of(const std::string& csv, int num_classes = 0) const {
        return test::message_of<Error>([&] { open(csv, num_classes); });
    }

    test::TemporaryFolder folder_;
};

TEST_F(ListTest, ReadsRelativeAndAbsolutePathsWithAndWithoutHeader) {
    const std::string rows = "a.ppm,0\n\"sub/with, comma.ppm\", 7\n" + (folder_ / "a.ppm").string() + ",3\n";
    for (const std::string& header : {std::string(), std::string("path,label\r\n")}) {
        const auto set = open(header + rows);
        ASSERT_EQ(set->size(), 3u);
        EXPECT_EQ(set->num_classes(), 8);
        EXPECT_TRUE(set->class_names().empty());
        EXPECT_EQ(set->kind(), SampleKind::photograph);
        EXPECT_EQ(set->label(1), 7);
        EXPECT_EQ(set->name(1), (folder_ / "sub/with, comma.ppm").string());
        EXPECT_EQ(std::get<image::Image>(set->sample(1)).width, 5);
        EXPECT_EQ(std::get<image::Image>(set->sample(2)).rgb, std::vector<uint8_t>(36, 10));
    }
}

TEST_F(ListTest, FindsTheColumnsByTheirNamesInAnyOrder) {
    for (const char* header : {"filename,class", "file,label", "image,target", "Image Path,Label",
                               "img_path,y", "image_id,label_name", "FilePath,Category", "Id,Breed"}) {
        const auto set = open(std::string(header) + "\na.ppm,1\nb.ppm,0\n");
        EXPECT_EQ(seen(*set), (Seen{{"a.ppm", 1}, {"b.ppm", 0}})) << header;
    }
    EXPECT_EQ(seen(*open("class,width,filename\n1,4,a.ppm\n0,5,b.ppm\n")),
              (Seen{{"a.ppm", 1}, {"b.ppm", 0}}));
    EXPECT_EQ(seen(*open("label,path\n1,a.ppm\n0,b.ppm\n")), (Seen{{"a.ppm", 1}, {"b.ppm", 0}}));
}

TEST_F(ListTest, PassesOverTheIndexThatPandasWrites) {
    const Seen expected{{"a.ppm", 0}, {"b.ppm", 1}, {"a.ppm", 2}};
    EXPECT_EQ(seen(*open(",path,label\n0,a.ppm,0\n1,b.ppm,1\n2,a.ppm,2\n")), expected);
    EXPECT_EQ(seen(*open("Unnamed: 0,x,y\n7,a.ppm,0\n9,b.ppm,1\n8,a.ppm,2\n")), expected);
    EXPECT_EQ(seen(*open("0,a.ppm,0\n1,b.ppm,1\n2,a.ppm,2\n")), expected) << "without a header";
    EXPECT_EQ(seen(*open("path,label\n1,a.ppm,0\n2,b.ppm,1\n3,a.ppm,2\n")), expected) << "as R writes it";
}

TEST_F(ListTest, DecidesByContentWhereNamesDoNotSay) {
    const Seen expected{{"a.ppm", 1}, {"b.ppm", 0}};
    EXPECT_EQ(seen(*open("1,a.ppm\n0,b.ppm\n")), expected);
    EXPECT_EQ(seen(*open("sort,shot\n1,a.ppm\n0,b.ppm\n")), expected);
    EXPECT_EQ(seen(*open("image,file,label\nfirst,a.ppm,1\nsecond,b.ppm,0\n")), expected)
        << "no files are named image";
    EXPECT_EQ(seen(*open("path,label,,\na.ppm,1,,\nb.ppm,0,,\n,,,\n")), expected)
        << "delimiters without fields";
    EXPECT_EQ(seen(*open("a.ppm 1\nb.ppm 0\n")), expected);
    EXPECT_EQ(seen(*open("path;label\r\n a.ppm ; 1\r\n b.ppm;0 \r\n")), expected);
}

TEST_F(ListTest, AClassThatIsCalledLikeAColumnIsNoHeader) {
    const auto set = open("cat,a.ppm\ndog,b.ppm\n");
    EXPECT_EQ(seen(*set), (Seen{{"a.ppm", 0}, {"b.ppm", 1}}));
    EXPECT_EQ(seen(*open("a,cat\nb,dog\n")), (Seen{{"a.ppm", 0}, {"b.ppm", 1}}));
}

// The folder that a program happens to run in may hold a file that is called like a class or an image.
TEST_F(ListTest, WhatLiesInTheCurrentFolderChangesNothingOfAListWithImagesOfItsOwn) {
    const test::TemporaryFolder elsewhere;
    test::write_file(elsewhere / "b", "no image");
    const std::filesystem::path before = std::filesystem::current_path();
    std::filesystem::current_path(elsewhere.path());
    const Seen found = seen(*open("a,cat\nb,dog\n"));
    std::filesystem::current_path(before);
    EXPECT_EQ(found, (Seen{{"a.ppm", 0}, {"b.ppm", 1}}));
}

TEST_F(ListTest, NamesAreClassesAsFoldersAre) {
    const auto set = open("path,label\na.ppm,dog\nb.ppm,Zebra\na.ppm,cat\nb.ppm, dog \n");
    EXPECT_EQ(set->class_names(), (std::vector<std::string>{"Zebra", "cat", "dog"}));
    EXPECT_EQ(set->num_classes(), 3);
    EXPECT_EQ(seen(*set), (Seen{{"a.ppm", 2}, {"b.ppm", 0}, {"a.ppm", 1}, {"b.ppm", 2}}));
}

TEST_F(ListTest, NumbersAndTheirNamesAreUsedTogether) {
    for (const char* csv : {"path,label,label_name\na.ppm,1,apple\nb.ppm,0,berry\na.ppm,1,apple\n",
                            "path,class,class_id\na.ppm,apple,1\nb.ppm,berry,0\na.ppm,apple,1\n"}) {
        const auto set = open(csv);
        EXPECT_EQ(set->class_names(), (std::vector<std::string>{"berry", "apple"}));
        EXPECT_EQ(seen(*set), (Seen{{"a.ppm", 1}, {"b.ppm", 0}, {"a.ppm", 1}}));
    }
    EXPECT_TRUE(open("path,label,type\na.ppm,1,x\nb.ppm,0,x\n")->class_names().empty()) << "not one to one";
}

TEST_F(ListTest, SaysWhichOfSeveralColumnsOfLabelsIsUsed) {
    const test::CapturedLog log;
    EXPECT_EQ(open("path,species,breed\na.ppm,cat,x\nb.ppm,cat,y\n")->class_names(),
              (std::vector<std::string>{"x", "y"}));
    EXPECT_THAT(log.text(), testing::EndsWith("labels are those of column 'breed'\n"));
}

TEST_F(ListTest, ReadsTheHeaderOfColumnsWithoutNames) {
    EXPECT_EQ(seen(*open("0,1\na.ppm,1\nb.ppm,0\n")), (Seen{{"a.ppm", 1}, {"b.ppm", 0}}))
        << "as pandas numbers them";
}

TEST_F(ListTest, EveryClassMayHaveAColumn) {
    const auto set = open("image,dog,cat,fish\na.ppm,0.0,1.0,0.0\nb.ppm,1,0,0\n");
    EXPECT_EQ(set->class_names(), (std::vector<std::string>{"dog", "cat", "fish"}));
    EXPECT_EQ(seen(*set), (Seen{{"a.ppm", 1}, {"b.ppm", 0}}));
}

TEST_F(ListTest, LabelsMayBeWrittenAsPandasWritesThemBesideMissingOnes) {
    EXPECT_EQ(seen(*open("path,label\na.ppm,1.0\nb.ppm,0.0\n")), (Seen{{"a.ppm", 1}, {"b.ppm", 0}}));
    const std::string empty = ":3: the label is empty: give the image one, or take the row away";
    EXPECT_THAT(error_of("path,label\na.ppm,1.0\nb.ppm,\n"), testing::EndsWith(empty));
    EXPECT_THAT(error_of("path,label\na.ppm,1.0\nb.ppm,nan\n"), testing::EndsWith(empty));
    EXPECT_THAT(error_of("path,label\na.ppm,cat\nb.ppm,\n"), testing::EndsWith(empty));
    EXPECT_THAT(error_of("path,label\na.ppm,0.5\n"),
                testing::HasSubstr(":2: label '0.5' is not a whole number"));
}

TEST_F(ListTest, PathsMayBeThoseOfWindowsOrLackTheirExtension) {
    EXPECT_EQ(open("sub\\with spaces.ppm,0\n")->name(0), (folder_ / "sub/with spaces.ppm").string());
    EXPECT_EQ(open("id,label\na,0\nsub/with spaces,1\n")->name(1),
              (folder_ / "sub/with spaces.ppm").string());
    test::write_file(folder_ / "a.png", "");
    EXPECT_THAT(error_of("id,label\nb,0\na,1\n"),
                testing::EndsWith(":3: 'a' may be any of a.png, a.ppm: write the extension"));
}

TEST_F(ListTest, PathsMayBeRelativeToAFolderBesideTheList) {
    const test::CapturedLog log;
    EXPECT_EQ(open("id,label\nwith spaces,0\n")->name(0), (folder_ / "sub/with spaces.ppm").string());
    EXPECT_THAT(log.text(), testing::EndsWith("paths are relative to " + (folder_ / "sub").string() + "\n"));
    test::write_file(folder_ / "other/with spaces.ppm", test::ppm(5, 3, 20));
    EXPECT_THAT(error_of("id,label\nwith spaces,0\n"), testing::HasSubstr("its images may be those of"));
}

TEST_F(ListTest, AColumnMayDivideItIntoParts) {
    const std::string csv = "path,label,split\na.ppm,x,train\nb.ppm,y,train\na.ppm,y,valid\nb.ppm,,test\n";
    const std::string spec = "list:" + test::write_file(folder_ / "list.csv", csv).string();
    const test::CapturedLog log;
    EXPECT_EQ(seen(*open_dataset(spec, Split::train, {})), (Seen{{"a.ppm", 0}, {"b.ppm", 1}}));
    EXPECT_EQ(seen(*open_dataset(spec, Split::val, {})), (Seen{{"a.ppm", 1}}));
    EXPECT_TRUE(has_splits(spec));
    open("path,label\na.ppm,0\n");
    EXPECT_FALSE(has_splits(spec));
    open("path,label,is_valid\na.ppm,x,False\nb.ppm,x,True\n");
    EXPECT_EQ(seen(*open_dataset(spec, Split::train, {})), (Seen{{"a.ppm", 0}}));
    EXPECT_EQ(seen(*open_dataset(spec, Split::val, {})), (Seen{{"b.ppm", 0}}));
}

TEST_F(ListTest, ARowOfNoPartBesideOthersIsAnError) {
    const std::string file = (folder_ / "list.csv").string();
    for (const char* other : {"holdout", ""})
        EXPECT_EQ(
            error_of(fmt::format("path,label,Split\na.ppm,x,train\nb.ppm,y,{}\na.ppm,y,valid\n", other)),
            fmt::format(
                "{}:3: column 'Split' has '{}', and in other rows parts of the list: write train, val or "
                "test",
                file, other));
    EXPECT_THAT(error_of("path,label,is_valid\na.ppm,x,False\nb.ppm,x,maybe\n"),
                testing::EndsWith("write true or false"));
}

TEST_F(ListTest, AColumnOfOtherWordsThanPartsIsSaidAndNotUsed) {
    const std::string csv = "path,label,set\na.ppm,x,red\nb.ppm,y,blue\n";
    const std::string spec = "list:" + test::write_file(folder_ / "list.csv", csv).string();
    const test::CapturedLog log;
    EXPECT_EQ(open_dataset(spec, Split::train, {})->size(), 2u);
    EXPECT_FALSE(has_splits(spec));
    EXPECT_THAT(log.text(), testing::HasSubstr("column 'set' names no parts such as train and val"));
}

TEST_F(ListTest, SaysThatNoImageOfAListIsForTraining) {
    const std::string csv = "path,label,split\na.ppm,x,val\nb.ppm,y,test\n";
    const std::string spec = "list:" + test::write_file(folder_ / "list.csv", csv).string();
    const test::CapturedLog log;
    EXPECT_EQ(open_dataset(spec, Split::val, {})->size(), 2u);
    EXPECT_EQ(log.text(), "");
    EXPECT_EQ(open_dataset(spec, Split::train, {})->size(), 2u);
    EXPECT_THAT(log.text(),
                testing::HasSubstr("column 'split' gives no image for training, and all are taken"));
}

TEST_F(ListTest, SaysWhichImagesHaveSeveralLabels) {
    const std::string csv = "path,label\na.ppm,x\nb.ppm,y\na.ppm,x\na.ppm,y\n";
    const std::string spec = "list:" + test::write_file(folder_ / "list.csv", csv).string();
    const test::CapturedLog log;
    EXPECT_EQ(open_dataset(spec, Split::train, {})->size(), 4u);
    EXPECT_THAT(log.text(),
                testing::EndsWith("images have several labels, and each is taken: a.ppm (lines 2 and 5)\n"));
}

TEST_F(ListTest, NamesTheFirstMissingImageAndTheirNumber) {
    const std::string file = (folder_ / "list.csv").string();
    EXPECT_EQ(error_of("path,label\na.ppm,0\nc.ppm,0\nd.ppm,1\n"),
              file + ":3: there is no image '" + (folder_ / "c.ppm").string() +
                  "' (2 of 3 images are missing): paths are absolute or relative to the list's folder");
}

TEST_F(ListTest, AsksWhereColumnsDoNotSayWhatTheyAre) {
    EXPECT_THAT(error_of("path,kind,shade\na.ppm,0,red\nb.ppm,1,blue\n"),
                testing::EndsWith(
                    "which of its columns (path, kind, shade) holds the labels? Name that one 'label'"));
    EXPECT_THAT(error_of("path,cat,dog\na.ppm,0,1\nb.ppm,1,1\n"), testing::HasSubstr("holds the labels?"));
    EXPECT_THAT(error_of("a.ppm\nb.ppm\n"),
                testing::HasSubstr(":1: a row is a path and a label, but this one has 1 fields"));
    EXPECT_THAT(error_of("a.ppm,cat\nb.ppm,red,dog\n"),
                testing::HasSubstr(":2: a row has 2 fields like the first, but this one has 3"));
    EXPECT_THAT(
        error_of("path,label\na,b.ppm,1\n"),
        testing::EndsWith(
            ":2: a row has 2 fields like the first line, but this one has 3; quote a path with commas"));
}

TEST_F(ListTest, NamesTheLineAndWhatToDo) {
    const std::string file = (folder_ / "list.csv").string();
    EXPECT_EQ(error_of("a.ppm,0\na.ppm,cat\n"),
              file +
                  ":2: label 'cat' is not a number, but most labels of this list are: use one or the other, "
                  "class numbers from 0 or names");
    EXPECT_THAT(error_of("a.ppm,cat\nb.ppm,dog\na.ppm,3\n"), testing::HasSubstr(":3: label '3' is a number"));
    EXPECT_THAT(error_of("a.ppm,1\na.ppm,2\n", 2),
                testing::EndsWith("labels that begin with 1 need 1 subtracted"));
    EXPECT_EQ(error_of("a.ppm,0\na.ppm,-1\n", 10),
              file + ":2: label -1 is out of range: 10 classes are numbered from 0 to 9, see --num-classes");
    EXPECT_EQ(error_of("a.ppm,10\n", 10),
              file + ":1: label 10 is out of range: 10 classes are numbered from 0 to 9, see --num-classes");
    EXPECT_THAT(error_of("a.ppm,2147483647\n"), testing::HasSubstr(":1: label 2147483647 is out of range"));
    EXPECT_THAT(error_of("a.ppm,99999999999\n"), testing::HasSubstr("is out of range"));
    EXPECT_THAT(error_of("path,label\na.ppm\n"), testing::HasSubstr(":2: the label is empty"));
    EXPECT_THAT(error_of(",1\n"), testing::HasSubstr(":1: the path is empty"));
    EXPECT_THAT(error_of("path,label\n"), testing::HasSubstr("lists no images"));
    EXPECT_THAT(error_of(""), testing::HasSubstr("is empty"));
    EXPECT_THAT(error_of("missing.ppm,0\n"), testing::HasSubstr("there is no image"));
}

TEST_F(ListTest, SaysSoWhereTheListIsMissing) {
    const auto message = [&](const std::string& path) {
        return test::message_of<DatasetError>([&] { open_dataset("list:" + path, Split::train, {}); });
    };
    EXPECT_THAT(message((folder_ / "none.csv").string()), testing::HasSubstr("cannot be read"));
    EXPECT_THAT(message(folder_.path().string()), testing::HasSubstr("cannot be read"));
}

}  // namespace
}  // namespace vkm::train
