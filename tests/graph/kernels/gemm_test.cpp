#include "support/kernel_plans.h"

#include <graph/kernels/gemm.h>
#include <graph/kernels/split_rows.h>
#include <graph/lower/lowering.h>
#include <graph/measure/node_candidates.h>
#include <graph/ops/pointwise.h>

#include <gtest/gtest.h>

namespace vkm::test {
namespace {

using namespace graph;

std::vector<KernelPlan> plans() {
    std::vector<KernelPlan> result;
    for (const std::string& device : engine::captured_devices()) {
        try {
            result.push_back(plan_of_captured(device));
        } catch (const UnsupportedDevice&) {
            continue;  // below the baseline
        }
    }
    return result;
}

// Returns what shaders/include/gemm_cooperative.glsl stages, and what its epilogues take at most.
int64_t matrix_tile_bytes(const GemmTile& tile, const engine::DeviceSnapshot::CooperativeMatrix& shape) {
    const int64_t invocations = tile.workgroup,
                  steps = std::get<shaders::GemmCooperative>(tile.skeleton).steps;
    return 8 * (tile.rows * (steps + 2) + 4 * steps * (tile.quads + 2)) + 4 * tile.rows * shape.n +
           64 * invocations;
}

// Returns what gemm_shared.glsl stages or gemm_direct.glsl adds up, and the scratch of an input gradient's
// epilogue (column_sums.glsl).
uint64_t tile_bytes(const GemmTile& tile) {
    const uint64_t lanes = tile.workgroup, rows = static_cast<uint64_t>(tile.rows),
                   quads = static_cast<uint64_t>(tile.quads);
    if (tile.sharing() == Sharing::direct) return 64 * lanes + (tile.slices > 1 ? 16 * lanes * rows : 0);
    return 64 * lanes + 16 * std::get<shaders::GemmShared>(tile.skeleton).steps * (rows + 1 + 4 * quads + 1);
}

TEST(GemmTest, CandidatesOfAllDevicesKeepWithinTheirLimits) {
    const Shader none{};
    for (const KernelPlan& plan : plans()) {
        SCOPED_TRACE(plan.device.device_name);
        for (const GemmSum sum : {GemmSum::whole, GemmSum::split})
            for (const GemmTile& tile : further_gemm_tiles(none, Storage::f32, {64, 64, 64}, sum, plan)) {
                EXPECT_LE(tile.workgroup, plan.device.max_workgroup_invocations);
                const bool staged = tile.sharing() == Sharing::shared_memory;
                if (staged || tile.sharing() == Sharing::direct) {
                    EXPECT_LE(tile_bytes(tile), plan.device.shared_memory_bytes);
                }
            }
    }
}

// The limits every device has (docs/architecture.md) bound every tile of every plan.
TEST(GemmTest, TilesOfAllDevicesKeepWithinTheirLimits) {
    for (const KernelPlan& plan : plans()) {
        SCOPED_TRACE(plan.device.device_name);
        for (const GemmSum sum : {GemmSum::whole, GemmSum::split}) {
            const GemmShape shape_of_c{64, 64, 64};
            std::vector<GemmTile> tiles = gemm_tiles(shape_of_c, sum, plan, plan.kernels.gemm_sharing);
            EXPECT_LE(tiles.size(), 5u);  // each may become a pipeline of every kind of product
            if (plan.cooperative_matrix)
                std::ranges::copy(gemm_tiles(shape_of_c, sum, plan, Sharing::cooperative_matrix),
                                  std::back_inserter(tiles));
            for (const GemmTile& tile : tiles) {
                const uint32_t invocations = tile.workgroup;
                EXPECT_LE(invocations, plan.device.max_workgroup_invocations);
                switch (tile.sharing()) {
                    case Sharing::shared_memory:
                        EXPECT_EQ(tile.rows % 4, 0);
                        EXPECT_LE(16 * std::get<shaders::GemmShared>(tile.skeleton).steps *
                                      (tile.rows + 1 + 4 * tile.quads + 1),
                                  plan.device.shared_memory_bytes);
                        break;
                    case Sharing::direct:
                        EXPECT_LE(tile.slices > 1 ? 16 * invocations * tile.rows : 0,
                                  plan.device.shared_memory_bytes);
                        break;
                    case Sharing::cooperative_matrix: {
                        const auto& shape = *plan.cooperative_matrix;
                        const int64_t steps = std::get<shaders::GemmCooperative>(tile.skeleton).steps;
                        EXPECT_EQ(invocations % plan.device.subgroup_size, 0u);
                        EXPECT_EQ(steps % (shape.k / 4), 0);
                        EXPECT_EQ(steps % 2, 0);
                        EXPECT_LE(matrix_tile_bytes(tile, shape), plan.device.shared_memory_bytes);
                        break;
                    }
                    case Sharing::shuffle: {
                        const auto& lanes = std::get<shaders::GemmShuffle>(tile.skeleton);
                        EXPECT_EQ(invocations % plan.device.subgroup_size, 0u);
                        EXPECT_EQ(plan.device.subgroup_size % lanes.cluster, 0u);
                        EXPECT_EQ(sum == GemmSum::split ? lanes.rows % lanes.cluster : 0, 0u);
                        break;
                    }
                }
            }
        }
    }
}

TEST(GemmTest, GridCoversMoreRowsThanAGridDimensionHas) {
    const KernelPlan plan = plan_of_captured("lavapipe-mesa22");
    const GemmShape shape{7'000'003, 3, 4};
    for (const GemmTile& tile : gemm_tiles(shape, GemmSum::whole, plan, plan.kernels.gemm_sharing)) {
        const Lowering::Groups groups = tile.grid(shape, plan);
        EXPECT_LE(groups[1], plan.device.max_workgroup_count[1]);
        EXPECT_GE(int64_t{groups[1]} * groups[2] * tile.rows, shape.rows);
        EXPECT_GE(groups[0] * tile.quads, shape.quads);
    }
}

// A limit that any device may have is enough for some tile, and never one to compute without.
TEST(GemmTest, TilesOfMatrixUnitsFitTheLeastSharedMemory) {
    for (const char* name : {"radv-navi31-mesa26", "radv-gfx1201-mesa26", "lavapipe-mesa26"}) {
        engine::DeviceSnapshot device = engine::captured_device(name);
        device.limits.max_shared_memory_bytes = 16384;
        const KernelPlan plan = plan_of(device);
        ASSERT_TRUE(plan.cooperative_matrix) << name;
        const auto& shape = *plan.cooperative_matrix;
        const std::vector<GemmTile> tiles =
            gemm_tiles({64, 64, 64}, GemmSum::whole, plan, Sharing::cooperative_matrix);
        EXPECT_GE(tiles.size(), 2u) << name;
        for (const GemmTile& tile : tiles)
            EXPECT_LE(matrix_tile_bytes(tile, shape), 16384) << name;
    }
}

TEST(GemmTest, MatrixUnitsMultiplyHalfPrecisionOnly) {
    static constexpr std::array<uint32_t, 1> code{};
    const Shader built{"built", {{{{code, code}}, {{code, code}}, {{code, code}}}}}, left_out{"left out", {}};
    const engine::DeviceSnapshot device = engine::captured_device("radv-navi31-mesa26");
    const KernelPlan plan = plan_of(device, {.sharing = Sharing::cooperative_matrix});
    EXPECT_EQ(gemm_sharing(built, Storage::f16, plan), Sharing::cooperative_matrix);
    EXPECT_EQ(gemm_sharing(built, Storage::f32, plan), Sharing::shared_memory);
    EXPECT_EQ(gemm_sharing(left_out, Storage::f16, plan), Sharing::shared_memory);
    EXPECT_EQ(gemm_sharing(built, Storage::f16, plan_of(device, {.matrix_units = false})),
              Sharing::shared_memory);
}

// One image's products wait for loads, whatever multiplies.
TEST(GemmTest, SmallProductsStayOffMatrixUnitsUnlessTheyAreAskedFor) {
    const auto on_matrix_units = [](int64_t images, const KernelOptions& options) {
        Graph graph;
        graph.add1("layer", ops::pointwise(),
                   {graph.input("x", {DType::f16, {images, 14, 14, 112}}),
                    graph.input("w", {DType::f16, {1, 1, 112, 672}})});
        const Program program = lower(graph, plan_of_captured("radv-navi31-mesa26", options));
        return kernel_specs(program).front().shader->matrix_units;
    };
    EXPECT_FALSE(on_matrix_units(1, {}));
    EXPECT_TRUE(on_matrix_units(32, {}));
    EXPECT_FALSE(on_matrix_units(32, {.matrix_units = false}));
    EXPECT_TRUE(on_matrix_units(1, {.sharing = Sharing::cooperative_matrix}));
}

// A small graph that is checked stands for a large one.
TEST(GemmTest, TheKernelsOfLargerProductsAreAmongTheCandidates) {
    Graph graph;
    graph.add1(
        "layer", ops::pointwise(),
        {graph.input("x", {DType::f16, {2, 4, 4, 112}}), graph.input("w", {DType::f16, {1, 1, 112, 672}})});
    const auto count = [&](const KernelOptions& options) {
        return candidates_of_larger(graph, graph.nodes().front(),
                                    plan_of_captured("radv-navi31-mesa26", options))
            .size();
    };
    EXPECT_GE(count({}), 2u);
    EXPECT_EQ(count({.matrix_units = false}), 0u);
    EXPECT_EQ(count({.sharing = Sharing::cooperative_matrix}), 0u) << "it has them by itself";
}

// Where all there is to run in parallel are the terms of a sum.
TEST(GemmTest, SplitsTheSumsOfASingleRowOnAGpu) {
    const auto slices = [plan = plan_of_captured("intel-dg2")](const GemmShape& shape) {
        return gemm_tiles(shape, GemmSum::whole, plan, plan.kernels.gemm_sharing).front().slices;
    };
    EXPECT_GT(slices({1, 320, 240}), 1);
    EXPECT_EQ(slices({50'176, 60, 20}), 1);
}

TEST(GemmTest, FewRowsShareLoadsWhereLoadsAreDear) {
    const GemmShape four_rows{4, 24, 144};
    const KernelPlan plan = plan_of_captured("swiftshader");
    EXPECT_EQ(gemm_tiles(four_rows, GemmSum::whole, plan, plan.kernels.gemm_sharing).front().rows, 4);
}

TEST(SplitRowsTest, CoversEveryRowOnce) {
    const KernelPlan plan = plan_of_captured("lavapipe-mesa22");
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
    KernelPlan plan = plan_of_captured("lavapipe-mesa22");
    plan.device.window_bytes = 1 << 20;
    EXPECT_THROW(split_rows({{0, 64}, {64, 64}}, 1, 1 << 20, plan), ShapeError);
}

}  // namespace
}  // namespace vkm::test
