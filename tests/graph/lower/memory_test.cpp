#include <graph/lower/memory.h>

#include <gtest/gtest.h>

#include <random>

namespace vkm::graph {
namespace {

// Returns a program of copies: command i reads buffer from[i] and writes buffer to[i].
Program chain(const std::vector<int64_t>& bytes, const std::vector<std::pair<int32_t, int32_t>>& copies) {
    Program program;
    for (size_t i = 0; i < bytes.size(); ++i)
        program.buffers.push_back(
            {"b" + std::to_string(i), Role::activation, bytes[i], static_cast<ValueId>(i)});
    for (const auto& [from, to] : copies)
        program.commands.push_back({0, "copy", CopyCommand{{from, 0, 16}, {to, 0, 16}}});
    return program;
}

void expect_sound(const Program& program, const MemoryPlan& plan, int64_t block_bytes, int64_t alignment) {
    const std::vector<Lifetime> lives = lifetimes(program);
    for (size_t a = 0; a < program.buffers.size(); ++a) {
        if (plan.places[a].block < 0) continue;
        EXPECT_EQ(plan.places[a].offset % alignment, 0);
        EXPECT_LE(plan.places[a].offset + program.buffers[a].bytes,
                  plan.block_bytes[static_cast<size_t>(plan.places[a].block)]);
        EXPECT_LE(plan.block_bytes[static_cast<size_t>(plan.places[a].block)], block_bytes);
        for (size_t b = 0; b < a; ++b) {
            if (plan.places[a].block != plan.places[b].block || !lives[a].overlaps(lives[b])) continue;
            const bool apart = plan.places[a].offset + program.buffers[a].bytes <= plan.places[b].offset ||
                               plan.places[b].offset + program.buffers[b].bytes <= plan.places[a].offset;
            EXPECT_TRUE(apart) << "buffers " << a << " and " << b << " are alive together and overlap";
        }
    }
}

TEST(MemoryPlanTest, AChainNeedsTwoBuffersAtATime) {
    const Program program = chain({1024, 1024, 1024, 1024}, {{0, 1}, {1, 2}, {2, 3}});
    const MemoryPlan plan = plan_memory(program, 1 << 20, 256);
    EXPECT_EQ(plan.total_bytes(), 2048);
    expect_sound(program, plan, 1 << 20, 256);
}

TEST(MemoryPlanTest, KeepingEverythingReusesNothing) {
    const Program program = chain({1024, 1024, 1024, 1024}, {{0, 1}, {1, 2}, {2, 3}});
    EXPECT_EQ(plan_memory(program, 1 << 20, 256, true).total_bytes(), 4096);
}

TEST(MemoryPlanTest, AFullBlockOpensTheNext) {
    const Program program = chain({1000, 1000, 1000}, {{0, 1}, {0, 2}, {1, 2}});
    const MemoryPlan plan = plan_memory(program, 2048, 256);
    EXPECT_EQ(plan.block_bytes.size(), 2u);
    expect_sound(program, plan, 2048, 256);
}

TEST(MemoryPlanTest, RandomProgramsNeverOverlap) {
    std::mt19937 random(7);
    for (int round = 0; round < 20; ++round) {
        std::vector<int64_t> bytes;
        for (int i = 0; i < 60; ++i)
            bytes.push_back(16 + static_cast<int64_t>(random() % 5000));
        std::vector<std::pair<int32_t, int32_t>> copies;
        for (int i = 0; i < 120; ++i)
            copies.emplace_back(static_cast<int32_t>(random() % 60), static_cast<int32_t>(random() % 60));
        const Program program = chain(bytes, copies);
        expect_sound(program, plan_memory(program, 1 << 15, 64), 1 << 15, 64);
    }
}

TEST(MemoryPlanTest, ABufferBeyondABlockIsAnErrorThatNamesIt) {
    const Program program = chain({16, 1 << 20}, {{0, 1}});
    try {
        plan_memory(program, 1 << 16, 64);
        FAIL() << "nothing thrown";
    } catch (const OutOfDeviceMemory& error) {
        EXPECT_NE(std::string(error.what()).find("b1"), std::string::npos);
        EXPECT_NE(std::string(error.what()).find("--batch-size"), std::string::npos);
    }
}

}  // namespace
}  // namespace vkm::graph
