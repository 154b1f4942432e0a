#include <base/random.h>
#include <image/filter.h>

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace vkm::image {
namespace {

std::vector<uint8_t> noise(size_t size) {
    Random random(RandomStream::synthetic, {3});
    std::vector<uint8_t> bytes(size);
    std::generate(bytes.begin(), bytes.end(), [&] { return static_cast<uint8_t>(random.below(256)); });
    return bytes;
}

TEST(FilterTest, GivesTheSameBitsByEveryMethod) {
    std::vector<std::pair<int, int>> sizes;
    for (const int source : {1, 2, 5, 31, 500, 5000})
        for (const int target : {1, 3, 32, 341})
            sizes.emplace_back(source, target);
    const FilterMethod& plain = filter_methods().back();
    for (const FilterMethod& method : filter_methods()) {
        for (const auto& [source, target] : sizes) {
            for (const Interpolation kind : {Interpolation::bilinear, Interpolation::bicubic}) {
                for (const size_t height : {1, 4, 7}) {
                    SCOPED_TRACE(fmt::format("{}: {} to {}, {} rows, kind {}", method.name, source, target,
                                             height, static_cast<int>(kind)));
                    const size_t row_bytes = size_t{3} * source, width = static_cast<size_t>(target);
                    const std::vector<uint8_t> pixels = noise(row_bytes * height);
                    const Rows rows{pixels.data(), height, row_bytes, row_bytes};
                    const ResizeFilter columns(kind, source, target, 0, target);
                    std::vector<uint8_t> along(3 * width * height), expected_along(along.size());
                    method.along(rows, columns, 0, width, along.data());
                    plain.along(rows, columns, 0, width, expected_along.data());
                    ASSERT_EQ(along, expected_along);

                    const ResizeFilter heights(kind, static_cast<int>(height), 3, 0, 3);
                    for (int y = 0; y < 3; ++y) {
                        const Taps taps = heights.at(y);
                        const Rows taken{rows[static_cast<size_t>(taps.first)],
                                         static_cast<size_t>(taps.count), row_bytes, row_bytes};
                        std::vector<uint8_t> across(row_bytes), expected_across(row_bytes);
                        method.across(taken, taps, across.data());
                        plain.across(taken, taps, expected_across.data());
                        ASSERT_EQ(across, expected_across) << y;
                    }
                }
            }
        }
    }
}

}  // namespace
}  // namespace vkm::image
