#include "support/devices.h"

#include <graph/ops/gemm.h>
#include <graph/ops/split_rows.h>

#include <gtest/gtest.h>

namespace vkm::test {
namespace {

using namespace graph;

engine::DevicePlan plan_of(const std::string& device) {
    return engine::plan_device(engine::captured_device(device), engine::known_quirks());
}

std::vector<engine::DevicePlan> plans() {
    std::vector<engine::DevicePlan> result;
    for (const std::string& device : engine::captured_devices()) {
        try {
            result.push_back(plan_of(device));
        } catch (const UnsupportedDevice&) {
            continue;  // below the baseline
        }
    }
    return result;
}

// The limits every device has (docs/architecture.md) bound every tile of every plan.
TEST(GemmTest, TilesOfAllDevicesKeepWithinTheirLimits) {
    for (const engine::DevicePlan& plan : plans()) {
        SCOPED_TRACE(plan.device_name);
        for (const GemmSum sum : {GemmSum::whole, GemmSum::split}) {
            const std::vector<GemmTile> tiles = gemm_tiles(plan, sum);
            EXPECT_LE(tiles.size(), 3u);
            for (const GemmTile& tile : tiles) {
                const uint32_t invocations = tile.constants[0];
                EXPECT_LE(invocations, plan.max_workgroup_invocations);
                switch (tile.sharing) {
                    case engine::Sharing::shared_memory:
                        EXPECT_EQ(tile.rows % 4, 0);
                        EXPECT_LE(16 * tile.constants[4] * (tile.rows + 1 + 4 * tile.quads + 1),
                                  plan.shared_memory_bytes);
                        break;
                    case engine::Sharing::direct:
                        EXPECT_LE(tile.slices > 1 ? 16 * invocations * tile.rows : 0,
                                  plan.shared_memory_bytes);
                        break;
                    case engine::Sharing::shuffle:
                        EXPECT_EQ(invocations % plan.subgroup_size, 0u);
                        EXPECT_EQ(plan.subgroup_size % tile.constants[2], 0u);
                        EXPECT_EQ(sum == GemmSum::split ? tile.constants[3] % tile.constants[2] : 0, 0u);
                        break;
                }
            }
        }
    }
}

TEST(GemmTest, GridCoversMoreRowsThanAGridDimensionHas) {
    const engine::DevicePlan plan = plan_of("lavapipe-mesa22");
    const GemmShape shape{7'000'003, 3, 4};
    for (const GemmTile& tile : gemm_tiles(plan, GemmSum::whole)) {
        const Lowering::Groups groups = tile.grid(shape, plan);
        EXPECT_LE(groups[1], plan.max_workgroup_count[1]);
        EXPECT_GE(int64_t{groups[1]} * groups[2] * tile.rows, shape.rows);
        EXPECT_GE(groups[0] * tile.quads, shape.quads);
    }
}

// Where all there is to run in parallel are the terms of a sum.
TEST(GemmTest, SplitsTheSumsOfASingleRowOnAGpu) {
    EXPECT_GT(choose_gemm_tile({1, 320, 240}, GemmSum::whole, plan_of("intel-dg2")).slices, 1);
    EXPECT_EQ(choose_gemm_tile({50'176, 60, 20}, GemmSum::whole, plan_of("intel-dg2")).slices, 1);
}

TEST(SplitRowsTest, CoversEveryRowOnce) {
    const engine::DevicePlan plan = plan_of("lavapipe-mesa22");
    for (const int64_t rows : {1, 63, 1000, 4097})
        for (const int64_t wanted : {1, 7, 500}) {
            const SplitRows split = split_rows({{0, rows}, {rows, rows}}, wanted, 4096, plan);
            EXPECT_EQ(split.rows_per_part % 4, 0);
            int64_t part = 0;
            for (const SplitRows::Dispatch& d : split.dispatches) {
                EXPECT_EQ(d.first_part, part);
                EXPECT_GE(d.parts * split.rows_per_part, d.rows.count);
                EXPECT_LT((d.parts - 1) * split.rows_per_part, d.rows.count);
                part += d.parts;
            }
            EXPECT_EQ(split.parts, part);
        }
}

TEST(SplitRowsTest, SaysSoWhenPartialSumsDoNotFitABinding) {
    engine::DevicePlan plan = plan_of("lavapipe-mesa22");
    plan.window_bytes = 1 << 20;
    EXPECT_THROW(split_rows({{0, 64}, {64, 64}}, 1, 1 << 20, plan), ShapeError);
}

}  // namespace
}  // namespace vkm::test
