#include "train/support/labelled.h"

#include <train/class_weights.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <support/bytes.h>
#include <support/temporary_folder.h>

namespace vkm::train {
namespace {

using test::Labelled;
using testing::ElementsAre;
using testing::HasSubstr;

class ClassWeightsTest : public testing::Test {
  protected:
    const Labelled data_{{0, 0, 0, 1, 2, 2}, {"cat", "grey dog", "owl"}};
    const test::TemporaryFolder folder_;

    std::vector<float> read(const std::string& content) {
        test::write_content(folder_ / "weights", content);
        return class_weights((folder_ / "weights").string(), data_, 3);
    }
    std::string refusal(const std::string& content) {
        return test::message_of<ClassWeightsError>([&] { read(content); });
    }
};

TEST_F(ClassWeightsTest, BalancedWeightsMakeClassesCountAlike) {
    EXPECT_THAT(class_weights("balanced", data_, 3), ElementsAre(6 / 9.0f, 2, 1));
    EXPECT_THAT(class_weights("balanced", data_, 4), ElementsAre(0.5f, 1.5f, 0.75f, 0));
}

TEST_F(ClassWeightsTest, FilesMayHaveEveryForm) {
    const auto expected = ElementsAre(1, 2.5f, 0);
    EXPECT_THAT(read("1\n2.5\n0\n"), expected);
    EXPECT_THAT(read("# weights\r\n1\r\n\r\n+2.5\r\n0"), expected);
    EXPECT_THAT(read("owl,0\ngrey dog,2.5\ncat,1\n"), expected);
    EXPECT_THAT(read("owl\t0\ngrey dog 2.5\ncat: 1\n"), expected);
    EXPECT_THAT(read("[1, 2.5, 0]"), expected);
    EXPECT_THAT(read(R"({"grey dog": 2.5, "cat": 1, "owl": 0})"), expected);
}

TEST_F(ClassWeightsTest, ClassesWithoutNamesGoByNumber) {
    test::write_content(folder_ / "weights", "2,0.5\n0,3\n1,1\n");
    EXPECT_THAT(class_weights((folder_ / "weights").string(), Labelled({0, 1, 2}), 3),
                ElementsAre(3, 1, 0.5f));
}

TEST_F(ClassWeightsTest, SaysWhatIsWrong) {
    EXPECT_THAT(refusal("1\n2\n"), HasSubstr("2 weights for 3 classes"));
    EXPECT_THAT(refusal("cat,1\ncow,1\nowl,1\n"), HasSubstr("no class 'cow'"));
    EXPECT_THAT(refusal("cat,1\ncat,1\nowl,1\n"), HasSubstr("'cat' has two weights"));
    EXPECT_THAT(refusal("1\n-2\n3\n"), HasSubstr("-2 is no weight"));
    EXPECT_THAT(refusal("1\nnan\n3\n"), HasSubstr("is no weight"));
    EXPECT_THAT(refusal("0\n0\n0\n"), HasSubstr("nothing would be learned"));
    EXPECT_THAT(refusal("1\nmany\n3\n"), HasSubstr("line 2, 'many'"));
    EXPECT_THAT(refusal(R"({"cat": "x", "owl": 1, "grey dog": 1})"), HasSubstr("'cat' has no number"));
    EXPECT_THAT(test::message_of<ClassWeightsError>([&] { class_weights("/nowhere", data_, 3); }),
                HasSubstr("cannot be read"));
}

}  // namespace
}  // namespace vkm::train
