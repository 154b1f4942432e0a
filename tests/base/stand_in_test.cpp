#include <base/stand_in.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace vkm {
namespace {

using testing::HasSubstr;
using namespace std::string_view_literals;

TEST(StandInTest, SaysWhatLiesInThePlaceOfAFile) {
    const std::pair<std::string_view, const char*> cases[] = {
        {""sv, "empty"},
        {"version https://git-lfs.github.com/spec/v1\noid sha256:0\n"sv, "git lfs pull"},
        {"\xef\xbb\xbf\n <!DOCTYPE html><html>"sv, "web page"},
        {"<HTML>"sv, "web page"},
        {"<?xml version=\"1.0\"?><Error><Code>AccessDenied"sv, "server's error message"},
        {"\x1f\x8b\x08\0"sv, "gunzip"},
        {"\x28\xb5\x2f\xfd"sv, "unzstd"},
        {"BZh91AY&SY"sv, "bunzip2"},
        {"\0\0\0\0"sv, "zeros"},
    };
    for (const auto& [bytes, word] : cases)
        EXPECT_THAT(describe_stand_in(bytes).value_or("nothing"), HasSubstr(word)) << bytes;
}

TEST(StandInTest, KnowsNothingAgainstAFileOfItsOwn) {
    for (const std::string_view bytes :
         {"path,label\n"sv, "PK\x03\x04"sv, "\x80\x02"sv, "<tag>,0\n"sv, "BZh,0\n"sv, "\0\1"sv})
        EXPECT_EQ(describe_stand_in(bytes), std::nullopt) << bytes;
}

}  // namespace
}  // namespace vkm
