#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <support/bytes.h>
#include <support/temporary_folder.h>
#include <train/report/tensorboard.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstring>
#include <limits>
#include <map>

namespace vkm::train {
namespace {

using test::file_content;

/// Computes CRC-32C bit by bit, masked; it shares nothing with the writer's tables.
uint32_t masked_crc32c(const std::string& bytes) {
    uint32_t crc = ~0u;
    for (const char c : bytes) {
        crc ^= static_cast<uint8_t>(c);
        for (int bit = 0; bit < 8; ++bit)
            crc = crc & 1 ? crc >> 1 ^ 0x82f63b78u : crc >> 1;
    }
    crc = ~crc;
    return (crc >> 15 | crc << 17) + 0xa282ead8u;
}

template <typename T>
T number(const std::string& bytes, size_t at) {
    T value;
    std::memcpy(&value, bytes.data() + at, sizeof value);
    return value;
}

/// Returns the payloads of a record file, whose checksums it checks.
std::vector<std::string> records(const std::string& file) {
    std::vector<std::string> all;
    for (size_t at = 0; at < file.size();) {
        const auto size = number<uint64_t>(file, at);
        EXPECT_EQ(number<uint32_t>(file, at + 8), masked_crc32c(file.substr(at, 8)));
        all.push_back(file.substr(at + 12, size));
        EXPECT_EQ(number<uint32_t>(file, at + 12 + size), masked_crc32c(all.back()));
        at += 16 + size;
    }
    return all;
}

/// Returns a protocol buffer's fields: number -> values, each as the bytes of its payload
/// (varints as decimal text).
std::multimap<uint32_t, std::string> fields(const std::string& message) {
    std::multimap<uint32_t, std::string> all;
    size_t at = 0;
    const auto varint = [&] {
        uint64_t value = 0;
        for (int shift = 0;; shift += 7) {
            const auto byte = static_cast<uint8_t>(message.at(at++));
            value |= uint64_t{byte & 0x7fu} << shift;
            if (byte < 0x80) return value;
        }
    };
    while (at < message.size()) {
        const uint64_t key = varint();
        const auto field = static_cast<uint32_t>(key >> 3);
        switch (key & 7) {
            case 0:
                all.emplace(field, std::to_string(varint()));
                continue;
            case 1:
                all.emplace(field, message.substr(at, 8));
                at += 8;
                continue;
            case 2: {
                const uint64_t size = varint();
                all.emplace(field, message.substr(at, size));
                at += size;
                continue;
            }
            case 5:
                all.emplace(field, message.substr(at, 4));
                at += 4;
                continue;
            default:
                ADD_FAILURE() << "wire type " << (key & 7);
                return all;
        }
    }
    return all;
}

std::vector<std::filesystem::path> files(const std::filesystem::path& folder) {
    return {std::filesystem::directory_iterator(folder), {}};
}

TEST(TensorBoardTest, StartsLikeEveryEventFile) {
    const test::TemporaryFolder folder;
    const TensorBoard board(folder.path());
    ASSERT_EQ(files(folder.path()).size(), 1u);
    const auto path = files(folder.path())[0];
    EXPECT_THAT(path.filename().string(), testing::StartsWith("events.out.tfevents."));
    // As TensorFlow writes it: 24 bytes, the masked checksum of that, a double, and the version.
    const std::string content = file_content(path);
    EXPECT_EQ(content.substr(0, 13), std::string("\x18\0\0\0\0\0\0\0\xa3\x7f\x4b\x22\x09", 13));
    EXPECT_EQ(content.substr(21, 15),
              "\x1a\x0d"
              "brain.Event:2");
    const std::chrono::duration<double> now = std::chrono::system_clock::now().time_since_epoch();
    EXPECT_NEAR(number<double>(content, 13), now.count(), 60);
}

TEST(TensorBoardTest, WritesScalarsWithTheirStep) {
    const test::TemporaryFolder folder;
    TensorBoard board(folder.path());
    const std::array scalars{Scalar{"loss", 1.5}, Scalar{"val/top1", 0.25}};
    board.write(300, scalars);
    board.write(uint64_t{1} << 40, std::span(scalars).first(1));

    const auto events = records(file_content(files(folder.path())[0]));
    ASSERT_EQ(events.size(), 3u);
    const auto event = fields(events[1]);
    EXPECT_EQ(event.find(2)->second, "300");
    const auto summary = fields(event.find(5)->second);
    std::map<std::string, float> values;
    for (const auto& [field, value] : summary) {
        EXPECT_EQ(field, 1u);
        const auto parts = fields(value);
        values[parts.find(1)->second] = number<float>(parts.find(2)->second, 0);
    }
    EXPECT_EQ(values, (std::map<std::string, float>{{"loss", 1.5f}, {"val/top1", 0.25f}}));
    EXPECT_EQ(fields(events[2]).find(2)->second, "1099511627776");
}

std::vector<double> doubles(const std::string& packed) {
    std::vector<double> list;
    for (size_t at = 0; at < packed.size(); at += 8)
        list.push_back(number<double>(packed, at));
    return list;
}

TEST(TensorBoardTest, WritesHistograms) {
    const test::TemporaryFolder folder;
    TensorBoard board(folder.path());
    Histogram histogram;
    for (const double value : {0.0, -1.0, 1.0, 1.0, 3.0, std::numeric_limits<double>::infinity()})
        histogram.add(value);
    EXPECT_EQ(histogram.non_finite(), 1);
    board.write(7, "weights/a", histogram);
    const auto events = records(file_content(files(folder.path())[0]));
    ASSERT_EQ(events.size(), 2u);
    const auto value = fields(fields(fields(events[1]).find(5)->second).find(1)->second);
    EXPECT_EQ(value.find(1)->second, "weights/a");
    const auto content = fields(value.find(5)->second);
    const double expected[]{-1, 3, 5, 4, 12};
    for (uint32_t i = 0; i < 5; ++i)
        EXPECT_EQ(number<double>(content.find(i + 1)->second, 0), expected[i]);
    const std::vector<double> limits = doubles(content.find(6)->second),
                              counts = doubles(content.find(7)->second);
    ASSERT_EQ(limits.size(), counts.size());
    EXPECT_EQ(counts.front(), 0) << "says where the first bucket begins";
    EXPECT_TRUE(std::ranges::is_sorted(limits));
    const auto between = [&](double low, double high) {
        double sum = 0;
        for (size_t i = 0; i < limits.size(); ++i)
            sum += low < limits[i] && limits[i] <= high ? counts[i] : 0;
        return sum;
    };
    EXPECT_EQ(between(-1.1, -0.9), 1);
    EXPECT_EQ(between(-1e-13, 1e-13), 1);
    EXPECT_EQ(between(0.95, 1.1), 2);
    EXPECT_EQ(between(2.9, 3.4), 1);
    EXPECT_EQ(between(-1e300, 1e300), 5);
    EXPECT_TRUE(Histogram().buckets().empty());
}

TEST(TensorBoardTest, WritesImages) {
    const test::TemporaryFolder folder;
    TensorBoard board(folder.path());
    board.write(7, "train/images", image::Image{2, 3, std::vector<uint8_t>(18, 50)});
    const auto events = records(file_content(files(folder.path())[0]));
    const auto content =
        fields(fields(fields(fields(events.at(1)).find(5)->second).find(1)->second).find(4)->second);
    EXPECT_EQ(content.find(1)->second, "2");
    EXPECT_EQ(content.find(2)->second, "3");
    EXPECT_EQ(content.find(3)->second, "3");
    EXPECT_THAT(content.find(4)->second, testing::StartsWith("\x89PNG"));
}

TEST(TensorBoardTest, ResumingWritesAnotherFileThatDropsLaterSteps) {
    const test::TemporaryFolder folder;
    const TensorBoard first(folder.path());
    const auto before = files(folder.path())[0];
    const TensorBoard second(folder.path(), 41);
    for (const auto& path : files(folder.path())) {
        if (path == before) continue;
        const auto events = records(file_content(path));
        ASSERT_EQ(events.size(), 2u);
        const auto event = fields(events[1]);
        EXPECT_EQ(event.find(2)->second, "42");
        EXPECT_EQ(fields(event.find(7)->second).find(1)->second, "1");  // SessionLog.START
    }
    EXPECT_EQ(files(folder.path()).size(), 2u);
}

TEST(TensorBoardTest, NamesAFolderThatIsAbsent) {
    EXPECT_THAT(test::message_of<ReportError>([] { TensorBoard board("/nonexistent/run"); }),
                testing::HasSubstr("/nonexistent/run/events.out"));
}

}  // namespace
}  // namespace vkm::train
