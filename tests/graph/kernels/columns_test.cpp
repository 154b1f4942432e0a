#include <graph/kernels/columns.h>

#include <gtest/gtest.h>
#include <support/kernel_plans.h>

namespace vkm::graph {
namespace {

struct Layer {
    int64_t columns, pixels;
};

// What MobileNets pool: squeeze-and-excite's layers, and the last one.
constexpr Layer layers[] = {{18, 784}, {30, 784}, {120, 196}, {168, 196},
                            {168, 49}, {240, 49}, {4, 3136},  {1, 1}};

KernelPlan plan_with(uint32_t processors) {
    engine::DeviceSnapshot device = engine::captured_device("nvidia-rtx3090-linux");
    device.processors.count = processors;
    return plan_of(device);
}

TEST(ImageGridTest, EveryImageAndColumnIsSummedByOneWorkgroup) {
    for (const Layer& layer : layers)
        for (const int64_t images : {1, 3, 256}) {
            const ColumnGrid grid = image_grid(layer.columns, images, layer.pixels, plan_with(82));
            const int64_t blocks = divide_up(layer.columns, grid.lanes);
            EXPECT_EQ(int64_t{grid.groups[0]} * grid.groups[1], images * blocks);
            EXPECT_LE(grid.lanes * grid.strands, grid.workgroup);
            EXPECT_GE(grid.strands, 1u);
        }
}

TEST(ImageGridTest, NoStrandTakesMoreThan32Turns) {
    for (const char* device : {"nvidia-rtx5090-win", "amd-raphael-linux", "qualcomm-adreno740", "baseline"})
        for (const Layer& layer : layers)
            for (const int64_t images : {1, 32, 256}) {
                const ColumnGrid grid =
                    image_grid(layer.columns, images, layer.pixels, plan_of_captured(device));
                EXPECT_LE(divide_up(layer.pixels, 4 * grid.strands), 32) << device << ", " << layer.pixels;
            }
}

TEST(ImageGridTest, ABatchFillsTheProcessorsWith32Subgroups) {
    constexpr int64_t images = 256, wanted = 32;
    for (const uint32_t processors : {20u, 40u, 82u, 132u, 170u})
        for (const Layer& layer : layers) {
            if (layer.columns * layer.pixels * images * 8 < 20'000'000) continue;  // little to read
            const ColumnGrid grid = image_grid(layer.columns, images, layer.pixels, plan_with(processors));
            const int64_t subgroups = int64_t{grid.groups[0]} * grid.groups[1] * grid.workgroup / 32;
            EXPECT_GE(subgroups, wanted * processors) << layer.columns << " columns, " << layer.pixels;
        }
}

TEST(ImageGridTest, WideSubgroupsKeepRegistersForWhatALaneHasInFlight) {
    KernelPlan plan = plan_with(170);
    for (const uint32_t subgroup : {32u, 64u}) {
        plan.device.subgroup_size = subgroup;
        uint32_t largest = 0;
        for (const Layer& layer : layers)
            largest = std::max(largest, image_grid(layer.columns, 256, layer.pixels, plan).workgroup);
        EXPECT_EQ(largest, subgroup == 64 ? 512u : 1024u);
    }
}

TEST(ImageGridTest, ColumnsSideBySideAreWholeSectorsOfMemory) {
    for (const Layer& layer : layers)
        EXPECT_GE(image_grid(layer.columns, 1, layer.pixels, plan_with(170)).lanes,
                  std::min<int64_t>(layer.columns, 4));
}

}  // namespace
}  // namespace vkm::graph
