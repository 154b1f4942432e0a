#include <bench/image_run.h>
#include <bench/photographs.h>
#include <support/temporary_folder.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

namespace vkm::bench {
namespace {

// Writes a header as tar programs do, and the content in blocks of 512 bytes.
std::string member(const std::string& name, const std::string& content, char kind = '0') {
    std::string header(512, '\0');
    header.replace(0, name.size(), name);
    header.replace(124, 11, fmt::format("{:011o}", content.size()));
    header[156] = kind;
    std::string padded = content;
    padded.resize((content.size() + 511) / 512 * 512);
    return header + padded;
}

class PhotographsTest : public testing::Test {
  protected:
    std::filesystem::path archive(const std::string& bytes) {
        std::ofstream(folder_ / "photographs.tar", std::ios::binary) << bytes;
        return folder_ / "photographs.tar";
    }
    static std::vector<std::string> names(const std::filesystem::path& file, size_t most = 100) {
        std::vector<std::string> names;
        each_photograph(file, [&](const std::string& name, std::span<const uint8_t> bytes) {
            names.push_back(name + "=" + std::string(bytes.begin(), bytes.end()));
            return names.size() < most;
        });
        return names;
    }
    test::TemporaryFolder folder_;
};

TEST_F(PhotographsTest, ImagesComeInTheOrderOfTheArchive) {
    const auto file = archive(member("a/", "", '5') + member("a/labels.csv", std::string(700, 'x')) +
                              member("a/2.JPEG", "two") + member("a/1.jpg", std::string(513, '1')) +
                              std::string(1024, '\0') + "what is behind the end");
    EXPECT_THAT(names(file), testing::ElementsAre("a/2.JPEG=two", "a/1.jpg=" + std::string(513, '1')));
    EXPECT_THAT(names(file, 1), testing::ElementsAre("a/2.JPEG=two"));
}

TEST_F(PhotographsTest, WhatIsNoArchiveIsNamed) {
    EXPECT_THROW(names(folder_ / "absent.tar"), NoPhotographs);
    EXPECT_THROW(names(archive(std::string(1024, 'x'))), NoPhotographs);
    std::string cut = member("1.jpg", std::string(5000, '1'));
    cut.resize(1500);
    EXPECT_THROW(names(archive(cut)), NoPhotographs);
    EXPECT_TRUE(names(archive("")).empty());
}

TEST(GeometricMeanTest, IsTheRootOfTheProduct) {
    EXPECT_DOUBLE_EQ(geometric_mean({2, 8}), 4);
    EXPECT_DOUBLE_EQ(geometric_mean({5}), 5);
}

}  // namespace
}  // namespace vkm::bench
