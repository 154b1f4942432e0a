#include "faulty_device.h"
#include "train/support/tiny.h"

#include <graph/inference.h>
#include <graph/tuner.h>

#include <gtest/gtest.h>

namespace vkm::graph {
namespace {

using test::FaultyDevice;

/// A device with too little memory for what is tuned.
class TuningFaultsTest : public testing::Test {
  protected:
    void SetUp() override {
        if (!engine::test_instance() || engine::test_instance()->devices().empty())
            GTEST_SKIP() << "no Vulkan device";
        FaultyDevice::heal();
    }
    void TearDown() override { FaultyDevice::heal(); }

    Comparison compare() {
        const engine::Tuning none;
        return compare_graphs(faulty_.device(), {graph_, none}, {graph_, none}, 1000);
    }

    /// Allocations of a graph that runs.
    int allocations_of_one() {
        const int before = FaultyDevice::calls(FaultyDevice::allocate);
        compare();
        return (FaultyDevice::calls(FaultyDevice::allocate) - before) / 2;
    }

    FaultyDevice faulty_;
    const Graph graph_ = inference_graph(test::tiny_model(), 2, DType::f32, Granularity::layers);
};

TEST_F(TuningFaultsTest, GraphsThatDoNotFitTwiceAreComparedOneByOne) {
    const int one = allocations_of_one();
    FaultyDevice::plan(FaultyDevice::allocate, VK_ERROR_OUT_OF_DEVICE_MEMORY, one, 1);
    EXPECT_GT(compare().ratio, 0);
}

TEST_F(TuningFaultsTest, AGraphThatDoesNotFitAtAllIsSaidSo) {
    FaultyDevice::plan(FaultyDevice::allocate, VK_ERROR_OUT_OF_DEVICE_MEMORY);
    EXPECT_THROW(compare(), OutOfDeviceMemory);
}

}  // namespace
}  // namespace vkm::graph
