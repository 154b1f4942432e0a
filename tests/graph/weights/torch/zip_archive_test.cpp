#include <gmock/gmock.h>
#include <graph/weights/torch/zip_archive.h>
#include <gtest/gtest.h>
#include <support/torch_file.h>

namespace vkm::graph {
namespace {

using test::message_of;
using test::zip_archive;
using testing::AllOf;
using testing::HasSubstr;

std::string read(const std::string& archive, std::string_view name) {
    const auto content = ZipArchive(test::bytes(archive), "f.pth").read(name);
    return {reinterpret_cast<const char*>(content.data()), content.size()};
}

std::string zip_refusal(const std::string& archive, std::string_view name) {
    return message_of<WeightsError>([&] { read(archive, name); });
}

TEST(ZipArchiveTest, ReadsStoredEntries) {
    const std::string archive = zip_archive({{"a/x", "hello"}, {"a/y", ""}});
    EXPECT_EQ(read(archive, "a/x"), "hello");
    EXPECT_EQ(read(archive, "a/y"), "");
    EXPECT_EQ(ZipArchive(test::bytes(archive), "f").entries().size(), 2u);
    EXPECT_TRUE(ZipArchive(test::bytes(zip_archive({})), "f").entries().empty());
}

TEST(ZipArchiveTest, UnderstandsZip64) {
    EXPECT_EQ(read(zip_archive({{"w", "first"}, {"x", "hello", 0, 0, true}}, true), "x"), "hello");
}

TEST(ZipArchiveTest, FindsTheDirectoryBeforeAComment) {
    EXPECT_EQ(read(zip_archive({{"x", "hello"}}, false, "PK\x05\x06 is no end record here"), "x"), "hello");
}

TEST(ZipArchiveTest, RefusesWhatItDoesNotSupportByName) {
    EXPECT_THAT(zip_refusal(zip_archive({{"x", "hello", 8}}), "x"),
                AllOf(HasSubstr("f.pth: zip entry x"), HasSubstr("compressed")));
    EXPECT_THAT(zip_refusal(zip_archive({{"x", "hello", 0, 1}}), "x"), HasSubstr("encrypted"));
    EXPECT_THAT(zip_refusal(zip_archive({{"x", "hello"}}), "y"), HasSubstr("zip entry y is missing"));
    EXPECT_THAT(zip_refusal(zip_archive({{"x", "1"}, {"x", "2"}}), "x"), HasSubstr("x appears twice"));
}

TEST(ZipArchiveTest, NoticesEveryFlippedBitOfTheContent) {
    const std::string archive = zip_archive({{"x", "hello"}});
    const size_t start = archive.find("hello");
    for (size_t bit = 0; bit < 8 * 5; ++bit) {
        std::string flipped = archive;
        flipped[start + bit / 8] ^= static_cast<char>(1 << bit % 8);
        EXPECT_THAT(zip_refusal(flipped, "x"), HasSubstr("checksum"));
    }
}

TEST(ZipArchiveTest, RefusesTruncationEverywhere) {
    for (const bool zip64 : {false, true}) {
        const std::string archive = zip_archive({{"x", "hello", 0, 0, zip64}}, zip64);
        for (size_t size = 0; size < archive.size(); ++size)
            EXPECT_NE(zip_refusal(archive.substr(0, size), "x"), "") << size;
    }
}

TEST(ZipArchiveTest, RefusesFieldsThatPointOutside) {
    const std::string archive = zip_archive({{"x", "hello"}}, true);
    // Overwrites a field of the record that begins with the signature by ones.
    const auto with_ones = [&](const std::string& signature, size_t offset, size_t size) {
        std::string changed = archive;
        changed.replace(changed.find(signature) + offset, size, size, '\xff');
        return zip_refusal(changed, "x");
    };
    const std::string end64 = "PK\x06\x06", locator = "PK\x06\x07", central = "PK\x01\x02",
                      local = "PK\x03\x04";
    EXPECT_THAT(with_ones(end64, 32, 8), HasSubstr("directory is damaged"));
    EXPECT_THAT(with_ones(end64, 40, 8), HasSubstr("outside"));
    EXPECT_THAT(with_ones(end64, 48, 8), HasSubstr("outside"));
    EXPECT_THAT(with_ones(locator, 8, 8), HasSubstr("zip64 directory is missing"));
    EXPECT_THAT(with_ones(central, 28, 2), HasSubstr("directory is damaged"));
    EXPECT_THAT(with_ones(central, 24, 4), HasSubstr("lacks its zip64 sizes"));
    EXPECT_THAT(with_ones(central, 42, 4), HasSubstr("lacks its zip64 sizes"));
    EXPECT_THAT(with_ones(central, 42, 3), HasSubstr("outside"));
    EXPECT_THAT(with_ones(local, 26, 2), HasSubstr("not where the directory says"));
}

}  // namespace
}  // namespace vkm::graph
