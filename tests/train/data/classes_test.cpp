#include "train/support/labelled.h"

#include <train/data/classes.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <support/bytes.h>

#include <numeric>

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

namespace vkm::train {
namespace {

using Names = std::vector<std::string>;

/// Gives an image of every class, in order.
std::shared_ptr<const Dataset> set_of(const Names& names) {
    std::vector<int> labels(names.size());
    std::iota(labels.begin(), labels.end(), 0);
    return std::make_shared<test::Labelled>(std::move(labels), names);
}

std::shared_ptr<const Dataset> set_of(int classes) {
    std::vector<int> labels(static_cast<size_t>(classes));
    std::iota(labels.begin(), labels.end(), 0);
    return std::make_shared<test::Labelled>(std::move(labels));
}

Classes model(Names names) {
    const auto count = static_cast<int>(names.size());
    return {.owner = "m.pth", .count = count, .names = std::move(names)};
}

Classes unnamed(int count) {
    return {.owner = "m.pth", .count = count};
}

std::vector<int> labels(const MatchedData& matched) {
    std::vector<int> all;
    for (size_t i = 0; i < matched.data->size(); ++i)
        all.push_back(matched.data->label(i));
    return all;
}

std::string refusal(const auto& action) {
    return test::message_of<DatasetError>(action);
}

const Names fruit{"apple", "berry", "cocoa"};

TEST(ClassesTest, TheSameClassesAreTakenAsTheyAre) {
    const auto set = set_of(fruit);
    const MatchedData matched = match_classes(set, "data", model(fruit));
    EXPECT_EQ(matched.data, set);
    EXPECT_FALSE(matched.renumbered);
    EXPECT_EQ(match_all_classes(set, "data", model(fruit)).data, set);
    const auto lacking = std::make_shared<test::Labelled>(std::vector{0, 2}, fruit);
    EXPECT_THAT(match_classes(lacking, "data", model(fruit)).without_images, ElementsAre("berry"));
}

TEST(ClassesTest, AnotherOrderIsMapped) {
    for (const auto match : {match_classes, match_all_classes}) {
        const MatchedData matched = match(set_of(Names{"cocoa", "apple", "berry"}), "data", model(fruit));
        EXPECT_THAT(labels(matched), ElementsAre(2, 0, 1));
        EXPECT_TRUE(matched.renumbered);
        EXPECT_THAT(matched.without_images, IsEmpty());
        EXPECT_EQ(matched.data->class_names(), fruit);
        EXPECT_EQ(matched.data->name(1), "image 1");
    }
}

TEST(ClassesTest, AClassMayBeLacking) {
    const MatchedData matched = match_classes(set_of(Names{"berry", "cocoa"}), "data", model(fruit));
    EXPECT_THAT(labels(matched), ElementsAre(1, 2));
    EXPECT_THAT(matched.without_images, ElementsAre("apple"));
    EXPECT_EQ(matched.data->num_classes(), 3);
    EXPECT_EQ(match_classes(set_of(Names{"apple", "berry"}), "data", model(fruit)).renumbered, false);
    EXPECT_THAT(refusal([] { match_all_classes(set_of(Names{"berry"}), "data", model(fruit)); }),
                HasSubstr("data lacks the classes 'apple' and 'cocoa' of m.pth: add them, or "));
}

TEST(ClassesTest, AnUnknownClassWithoutImagesDoesNotMatter) {
    const auto set = std::make_shared<test::Labelled>(std::vector{2, 1, 1}, Names{"dill", "cocoa", "apple"});
    const MatchedData matched = match_classes(set, "data", model(fruit));
    EXPECT_THAT(labels(matched), ElementsAre(0, 2, 2));
    EXPECT_THAT(matched.without_images, ElementsAre("berry"));
    EXPECT_THAT(refusal([&] { match_all_classes(set, "data", model(fruit)); }), HasSubstr("'dill'"));
}

TEST(ClassesTest, OtherClassesAreNamed) {
    const Names more{"apple", "berry", "cocoa", "dill", "elder"};
    EXPECT_EQ(refusal([&] { match_classes(set_of(more), "data", model(fruit)); }),
              "data has the classes 'dill' and 'elder', but the classes of m.pth are 'apple', 'berry' and "
              "'cocoa': remove or rename them, or train with them");
    EXPECT_THAT(refusal([&] { match_all_classes(set_of(Names{"dill"}), "data", model(fruit)); }),
                HasSubstr("data has the class 'dill'"));
    Names many;
    for (int i = 0; i < 30; ++i)
        many.push_back("class" + std::to_string(i));
    EXPECT_THAT(refusal([&] { match_classes(set_of(many), "data", model(fruit)); }),
                HasSubstr("'class0', 'class1', 'class2', 'class3' and 26 more"));
}

TEST(ClassesTest, NamesThatAreNearlyEqualAreSaidToBe) {
    EXPECT_THAT(refusal([] {
                    match_classes(set_of(Names{"Apple", "berry", "co_coa"}), "data", model(fruit));
                }),
                HasSubstr("; 'Apple' is 'apple' there, 'co_coa' is 'cocoa' there: names must be equal letter "
                          "by letter"));
}

TEST(ClassesTest, IdsAreNamesToo) {
    Classes classes = model({"tench", "goldfish"});
    classes.ids = {"n01440764", "n01443537"};
    EXPECT_THAT(labels(match_classes(set_of(Names{"n01443537"}), "data", classes)), ElementsAre(1));
    EXPECT_THAT(labels(match_classes(set_of(Names{"goldfish", "tench"}), "data", classes)),
                ElementsAre(1, 0));
    EXPECT_THAT(refusal([&] {
                    match_classes(set_of(Names{"n01440764", "goldfish"}), "data", classes);
                }),
                HasSubstr("'n01440764'"));
}

TEST(ClassesTest, WithoutNamesNumbersCount) {
    EXPECT_THAT(labels(match_classes(set_of(2), "data", model(fruit))), ElementsAre(0, 1));
    EXPECT_THAT(labels(match_classes(set_of(fruit), "data", unnamed(3))), ElementsAre(0, 1, 2));
    EXPECT_THAT(labels(match_classes(set_of(2), "data", unnamed(3))), ElementsAre(0, 1));
    EXPECT_THAT(refusal([] { match_classes(set_of(4), "data", model(fruit)); }),
                HasSubstr("data has labels up to 3, but m.pth has 3 classes, numbered from 0"));
    for (const int classes : {2, 1000})
        EXPECT_THAT(refusal([&] { match_classes(set_of(fruit), "data", unnamed(classes)); }),
                    HasSubstr("data has 3 classes, and m.pth has " + std::to_string(classes) +
                              " without names, so that nobody knows which are meant"));
}

TEST(ClassesTest, ANameOfTwoClassesIsRefusedWhereItIsMeant) {
    const Names birds{"crane", "duck", "crane"};
    EXPECT_THAT(labels(match_classes(set_of(Names{"duck"}), "data", model(birds))), ElementsAre(1));
    EXPECT_THAT(labels(match_classes(set_of(birds), "data", model(birds))), ElementsAre(0, 1, 2));
    EXPECT_THAT(refusal([&] { match_classes(set_of(Names{"crane"}), "data", model(birds)); }),
                HasSubstr("'crane' is the name of 2 classes of m.pth"));
}

}  // namespace
}  // namespace vkm::train
