#include <graph/run/combine.h>
#include <graph/run/shared_wish.h>

#include <gtest/gtest.h>
#include <support/threads_world.h>

#include <array>
#include <random>

namespace vkm::graph {
namespace {

using test::ThreadsWorld;
using Values = std::vector<float>;

// Combines what devices have, some of them of each process, and returns what every device then has.
std::vector<Values> combined(Reduction reduction, const std::vector<Values>& parts,
                             const std::vector<size_t>& devices) {
    std::vector<Values> results(parts.size(), Values(parts.front().size()));
    ThreadsWorld world(devices.size());
    world.run([&](World& member) {
        const size_t first = std::accumulate(
            devices.begin(), devices.begin() + static_cast<ptrdiff_t>(member.rank()), size_t{0});
        ReducedRegion region{reduction, {}, {}};
        for (size_t i = first; i < first + devices[member.rank()]; ++i) {
            region.contributions.push_back(std::as_bytes(std::span(parts[i])));
            region.results.push_back(std::as_writable_bytes(std::span(results[i])));
        }
        combine_over(member, devices, {region})(0);
    });
    return results;
}

// Makes numbers of very different sizes, so that the order of a sum shows.
std::vector<Values> random_parts(size_t devices, size_t elements) {
    std::mt19937 random(7);
    std::uniform_int_distribution exponent(-60, 60);
    std::uniform_real_distribution<float> mantissa(-1, 1);
    std::vector<Values> parts(devices, Values(elements));
    for (Values& part : parts)
        for (float& value : part)
            value = std::ldexp(mantissa(random), exponent(random));
    return parts;
}

TEST(CombineTest, AnyProcessesMakeTheBitsOfOneThatHasAllTheDevices) {
    for (const size_t elements : {size_t{1}, size_t{3}, largest_gathered_bytes / sizeof(float),
                                  largest_gathered_bytes / sizeof(float) + 1, size_t{10007}}) {
        const std::vector<Values> parts = random_parts(6, elements);
        const std::vector<Values> one = combined(Reduction::sum, parts, {6});
        for (const std::vector<size_t>& devices :
             {std::vector<size_t>{3, 3}, {1, 5}, {4, 1, 1}, {1, 1, 1, 1, 1, 1}})
            EXPECT_EQ(combined(Reduction::sum, parts, devices), one) << elements;
    }
}

TEST(CombineTest, StatisticsAreMergedInTheSameOrder) {
    std::vector<Values> parts = random_parts(4, 3 * 5);
    for (size_t device = 0; device < parts.size(); ++device)
        std::fill(parts[device].end() - 5, parts[device].end(), static_cast<float>(device * 7));
    const std::vector<Values> one = combined(Reduction::statistics, parts, {4});
    EXPECT_EQ(combined(Reduction::statistics, parts, {2, 2}), one);
    EXPECT_EQ(combined(Reduction::statistics, parts, {1, 2, 1}), one);
}

TEST(CombineTest, SumsAreTakenInTheOrderOfTheDevices) {
    // 2^60 + 1 rounds to 2^60 in double precision: the order shows in the sum.
    EXPECT_EQ(combined(Reduction::sum, {{0x1p60f}, {1}, {-0x1p60f}}, {3}), (std::vector<Values>(3, {0})));
    EXPECT_EQ(combined(Reduction::sum, {{0x1p60f}, {-0x1p60f}, {1}}, {3}), (std::vector<Values>(3, {1})));
}

TEST(WorldTest, GatheringKeepsPartsOfAnySizeApart) {
    ThreadsWorld world(3);
    world.run([](World& member) {
        const std::vector<std::byte> mine(member.rank() * 5, std::byte(member.rank()));
        const std::vector<std::vector<std::byte>> all = gather(member, mine);
        ASSERT_EQ(all.size(), 3u);
        for (size_t rank = 0; rank < 3; ++rank)
            EXPECT_EQ(all[rank], std::vector(rank * 5, std::byte(rank)));
    });
}

TEST(SharedWishTest, AllHearOfItInTheSameStep) {
    constexpr uint64_t steps = 5, from = 3;
    ThreadsWorld world(3);
    world.run([](World& member) {
        uint64_t step = 0;
        SharedWish wish(member, [&] { return member.rank() == 1 && step >= from; });
        for (step = 1; step <= steps; ++step)
            wish.ask();
        for (step = 1; step <= steps; ++step)
            EXPECT_EQ(wish.heard(step), step >= from);
    });
}

}  // namespace
}  // namespace vkm::graph
