#include <infer/labels/labels.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <support/bytes.h>
#include <support/temporary_folder.h>

using testing::ElementsAre;
using testing::HasSubstr;

namespace vkm::infer {
namespace {

std::vector<std::string> names_in(std::string_view text) {
    return parse_labels(text, "labels").names;
}

std::string refusal(std::string_view text) {
    return test::message_of<LabelsError>([&] { parse_labels(text, "labels"); });
}

const auto fruit = ElementsAre("apple", "berry", "cocoa");

TEST(LabelsTest, OneNameALineWhateverEndsTheLines) {
    for (const char* text : {"apple\nberry\ncocoa", "apple\nberry\ncocoa\n",
                             "apple\r\nberry\r\ncocoa\r\n\r\n", "apple\rberry\rcocoa\r",
                             "\xef\xbb\xbf"
                             "apple\n berry \ncocoa\n\n\n"})
        EXPECT_THAT(names_in(text), fruit) << text;
    using namespace std::string_literals;
    EXPECT_THAT(names_in("\xff\xfe"
                         "a\0\r\0\n\0b\0"s),
                ElementsAre("a", "b"));
}

TEST(LabelsTest, NamesMayHoldAnythingElse) {
    EXPECT_THAT(names_in("tench, Tinca tinca\n7 up\n3-wheeler\n#5\n"),
                ElementsAre("tench, Tinca tinca", "7 up", "3-wheeler", "#5"));
    EXPECT_THAT(names_in("1 star\n2 stars\n3 stars"), ElementsAre("1 star", "2 stars", "3 stars"));
    EXPECT_THAT(names_in("0\n1\n10"), ElementsAre("0", "1", "10"));
    EXPECT_THAT(names_in("0.5 litres\n1.5 litres"), ElementsAre("0.5 litres", "1.5 litres"));
    EXPECT_THAT(names_in("n01440764\nn01443537"), ElementsAre("n01440764", "n01443537"));
}

TEST(LabelsTest, NumbersBeforeNamesOrderThem) {
    for (const char* text :
         {"0|apple\n1|berry\n2|cocoa", "2 | cocoa\n0 | apple\n1 | berry", "1|apple\n2|berry\n3|cocoa",
          "0 apple\n1 berry\n2 cocoa", "0: apple\n1: berry\n2: cocoa", "0\tapple\n2\tcocoa\n1\tberry",
          "0,apple\n1,berry\n2,cocoa", "1. apple\n2. berry\n3. cocoa", "1) apple\n2) berry\n3) cocoa"})
        EXPECT_EQ(parse_labels(text, ""), (Labels{{"apple", "berry", "cocoa"}, {}})) << text;
    EXPECT_THAT(refusal("0|apple\n2|berry"), HasSubstr("labels: the classes' numbers must be 0 to 1"));
    EXPECT_THAT(refusal("0|apple\n0|berry"), HasSubstr("each once"));
}

TEST(LabelsTest, OtherIdsBeforeNamesAreKept) {
    const Labels expected{{"tench, Tinca tinca", "goldfish"}, {"n01440764", "n01443537"}};
    EXPECT_EQ(parse_labels("n01440764 tench, Tinca tinca\nn01443537 goldfish\n", ""), expected);
    EXPECT_EQ(parse_labels("n01440764|tench, Tinca tinca\nn01443537|goldfish\n", ""), expected);
    EXPECT_EQ(
        parse_labels(R"({"0": ["n01440764", "tench, Tinca tinca"], "1": ["n01443537", "goldfish"]})", ""),
        expected);
}

TEST(LabelsTest, JsonInEveryForm) {
    for (const char* text :
         {R"(["apple", "berry", "cocoa"])", R"([["a", "apple"], ["b", "berry"], ["c", "cocoa"]])",
          R"({"0": "apple", "1": "berry", "2": "cocoa"})",
          R"({"1": ["apple"], "2": ["berry"], "3": ["cocoa"]})", R"({"cocoa": 2, "apple": 0, "berry": 1})",
          R"({"cocoa": "2", "apple": "0", "berry": "1"})",
          R"({"model": "v3", "labels": ["apple", "berry", "cocoa"], "imageSize": 224})",
          "\r\n"
          R"({"id2label": {"0": "apple", "1": "berry", "2": "cocoa"}, "label2id": {"apple": 0}})",
          "{0: 'apple',\n 1: \"berry\",\n 2: 'cocoa',}\n", "['apple', 'berry', 'cocoa', ]"})
        EXPECT_THAT(names_in(text), fruit) << text;
    EXPECT_THAT(names_in(R"({"0": 0, "1": 1, "10": 2, "2": 3})"), ElementsAre("0", "1", "10", "2"));
    EXPECT_THAT(names_in(R"({"0": "2", "1": "0", "2": "1"})"), ElementsAre("2", "0", "1"));
    EXPECT_THAT(names_in(R"({0: "hors d'oeuvre, entrée", 1: 'the "one"', 2: 'it\'s 12: 30'})"),
                ElementsAre("hors d'oeuvre, entrée", "the \"one\"", "it's 12: 30"));
    // Eleven, so that numbers as text would sort otherwise.
    EXPECT_EQ(names_in(R"({"10":"k","0":"a","1":"b","2":"c","3":"d","4":"e","5":"f","6":"g","7":"h","8":"i",)"
                       R"("9":"j"})")[10],
              "k");
}

TEST(LabelsTest, WhatIsNoListOfNamesIsRefusedWithWhy) {
    EXPECT_THAT(refusal(""), HasSubstr("labels is empty"));
    EXPECT_THAT(refusal(" \r\n"), HasSubstr("labels is empty"));
    EXPECT_THAT(refusal("apple\n\nberry"), HasSubstr("labels:2: the line is empty"));
    EXPECT_THAT(refusal("caf\xe9"), HasSubstr("neither UTF-8 nor UTF-16"));
    EXPECT_THAT(refusal("a\x1b[31m"), HasSubstr("control characters"));
    EXPECT_THAT(refusal("0|\n1|b"), HasSubstr("class 0 has no name"));
    EXPECT_THAT(refusal("[\"a\", \"b\""), HasSubstr("begins like JSON and is none"));
    EXPECT_THAT(refusal("[]"), HasSubstr("holds no class names"));
    EXPECT_THAT(refusal("[1, 2]"), HasSubstr("1 is no class name"));
    EXPECT_THAT(refusal(R"({"a": "b"})"), HasSubstr("neither numbers"));
    EXPECT_THAT(refusal(R"({"0": "a", "2": "b"})"), HasSubstr("must be 0 to 1, each once"));
    EXPECT_THAT(refusal(R"({"a": 0, "b": 0})"), HasSubstr("must be 0 to 1, each once"));
    EXPECT_THAT(refusal(R"(["a", ""])"), HasSubstr("class 1 has no name"));
}

TEST(LabelsTest, AModelHasOneNameAClass) {
    const test::TemporaryFolder folder;
    const std::string file = (folder / "labels.txt").string();
    const auto message = [&](int64_t classes) {
        return test::message_of<LabelsError>([&] { read_labels(file, classes); });
    };
    test::write_content(file, "apple\nberry\ncocoa\n");
    EXPECT_THAT(read_labels(file, 3).names, fruit);
    EXPECT_THAT(message(4), HasSubstr(file + ": 3 names, 4 classes"));
    test::write_content(file, "background\napple\nberry\ncocoa\n");
    EXPECT_THAT(message(3), HasSubstr(file + ": 4 names, 3 classes: remove 'background'"));
    EXPECT_THROW(read_labels(folder / "absent"), Error);
    EXPECT_THROW(read_labels(folder.path()), Error);
}

TEST(LabelsTest, NamesOfSeveralClassesAreFound) {
    EXPECT_TRUE(repeated({"a", "b", "c"}).empty());
    EXPECT_THAT(repeated({"crane", "a", "crane", "b", "a", "a"}), ElementsAre("crane", "a"));
}

}  // namespace
}  // namespace vkm::infer
