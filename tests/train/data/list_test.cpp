#include <train/data/dataset_kinds.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/bytes.h"
#include "support/image_files.h"
#include "support/temporary_folder.h"

namespace vkm::train {
namespace {

class ListTest : public testing::Test {
  protected:
    ListTest() {
        test::write_file(folder_ / "a.ppm", test::ppm(4, 3, 10));
        test::write_file(folder_ / "sub/with, comma.ppm", test::ppm(5, 3, 20));
    }

    std::shared_ptr<const Dataset> open(const std::string& csv, int num_classes = 0) const {
        const auto file = test::write_file(folder_ / "list.csv", csv);
        DatasetOptions options;
        options.num_classes = num_classes;
        return open_dataset("list:" + file.string(), Split::val, options);
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

TEST_F(ListTest, NamesTheLineAndWhatToDo) {
    const std::string file = (folder_ / "list.csv").string();
    EXPECT_EQ(error_of("a.ppm,0\na.ppm,cat\n"),
              file + ":2: label 'cat' is not an integer: labels are class numbers from 0");
    EXPECT_EQ(error_of("a.ppm,0\na.ppm,-1\n", 10),
              file + ":2: label -1 is out of range: 10 classes are numbered from 0 to 9, see --num-classes");
    EXPECT_EQ(error_of("a.ppm,10\n", 10),
              file + ":1: label 10 is out of range: 10 classes are numbered from 0 to 9, see --num-classes");
    EXPECT_THAT(error_of("a.ppm,2147483647\n"), testing::HasSubstr(":1: label 2147483647 is out of range"));
    EXPECT_THAT(error_of("a.ppm,99999999999\n"), testing::HasSubstr("not an integer"));
    EXPECT_THAT(error_of("path,label\na.ppm\n"), testing::HasSubstr(":2: a row has two fields"));
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
