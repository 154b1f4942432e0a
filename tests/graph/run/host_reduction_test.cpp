#include <graph/run/host_reduction.h>

#include <gtest/gtest.h>

#include <cstring>

namespace vkm::graph {
namespace {

std::vector<std::byte> bytes_of(const std::vector<float>& values) {
    std::vector<std::byte> bytes(values.size() * 4);
    std::memcpy(bytes.data(), values.data(), bytes.size());
    return bytes;
}

std::vector<float> reduced(Reduction reduction, const std::vector<std::vector<float>>& parts) {
    std::vector<std::vector<std::byte>> storage;
    for (const auto& part : parts)
        storage.push_back(bytes_of(part));
    std::vector<std::span<const std::byte>> contributions(storage.begin(), storage.end());
    std::vector<float> result(parts[0].size());
    std::span<std::byte> out = std::as_writable_bytes(std::span(result));
    reduce_on_host(reduction, contributions, std::span(&out, 1));
    return result;
}

TEST(HostReductionTest, SumsElements) {
    EXPECT_EQ(reduced(Reduction::sum, {{1, 2, 3, 4}, {10, 20, 30, 40}}),
              (std::vector<float>{11, 22, 33, 44}));
}

TEST(HostReductionTest, EveryResultGetsTheSumOfManyElements) {
    std::vector<std::vector<std::byte>> storage;
    std::vector<std::vector<float>> parts(3, std::vector<float>(5003));
    for (size_t part = 0; part < parts.size(); ++part) {
        for (size_t i = 0; i < parts[part].size(); ++i)
            parts[part][i] = static_cast<float>(i * (part + 1)) * .1f;
        storage.push_back(bytes_of(parts[part]));
    }
    const std::vector<std::span<const std::byte>> contributions(storage.begin(), storage.end());
    std::vector<float> first(5003), second(5003);
    const std::vector<std::span<std::byte>> results{std::as_writable_bytes(std::span(first)),
                                                    std::as_writable_bytes(std::span(second))};
    reduce_on_host(Reduction::sum, contributions, results);
    for (size_t i = 0; i < first.size(); ++i)
        ASSERT_EQ(first[i], static_cast<float>(double{parts[0][i]} + parts[1][i] + parts[2][i]));
    EXPECT_EQ(first, second);
}

TEST(HostReductionTest, MergesStatisticsAsIfAllRowsWereOnOneDevice) {
    // rows {1, 3} and {5, 7, 9}: mean 5, M2 = 16 + 4 + 0 + 4 + 16
    EXPECT_EQ(reduced(Reduction::statistics, {{2, 2, 2}, {7, 8, 3}}), (std::vector<float>{5, 40, 5}));
    EXPECT_EQ(reduced(Reduction::statistics, {{2, 2, 2}, {0, 0, 0}}), (std::vector<float>{2, 2, 2}));
}

}  // namespace
}  // namespace vkm::graph
