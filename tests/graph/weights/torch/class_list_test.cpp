#include <gmock/gmock.h>
#include <graph/weights/torch/class_list.h>
#include <gtest/gtest.h>
#include <support/torch_file.h>

namespace vkm::graph {
namespace {

using namespace test::pickle;
using testing::ElementsAre;
using testing::IsEmpty;

std::vector<std::string> names(const std::string& key, const std::string& value) {
    const std::string content = document(dict({{"epoch", "K\x01"}, {key, value}}));
    const Pickle pickle = parse_pickle(test::bytes(content), "f.pth");
    return class_list(pickle, pickle.as<Pickle::Dict>(pickle.root)->items);
}

TEST(ClassListTest, ReadsListsAndDictsEitherWayRound) {
    const auto expected = ElementsAre("cat", "dog");
    EXPECT_THAT(names("classes", "](" + text("cat") + text("dog") + "e"), expected);
    EXPECT_THAT(names("class_names", tuple({text("cat"), text("dog")})), expected);
    EXPECT_THAT(names("class_to_idx", dict({{"dog", "K\x01"}, {"cat", integer(0)}})), expected);
    EXPECT_THAT(names("idx_to_class", "}(K\x01" + text("dog") + integer(0) + text("cat") + "u"), expected);
    EXPECT_THAT(names("id2label", dict({{"1", text("dog")}, {"0", text("cat")}})), expected);
}

TEST(ClassListTest, LeavesWhatIsNone) {
    EXPECT_THAT(names("words", "](" + text("cat") + "e"), IsEmpty());
    EXPECT_THAT(names("classes", "K\x05"), IsEmpty());
    EXPECT_THAT(names("classes", "](K\x05" + std::string("e")), IsEmpty());
    EXPECT_THAT(names("class_to_idx", dict({{"cat", "K\x01"}, {"dog", "K\x02"}})), IsEmpty());
    EXPECT_THAT(names("class_to_idx", dict({{"cat", "K\x01"}, {"dog", "K\x01"}})), IsEmpty());
    EXPECT_THAT(names("class_to_idx", dict({{"cat", "J\xff\xff\xff\xff"}})), IsEmpty());
}

}  // namespace
}  // namespace vkm::graph
