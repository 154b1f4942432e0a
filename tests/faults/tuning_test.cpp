#include "faulty_device.h"
#include "train/support/tiny.h"

#include <graph/measure/tuner.h>
#include <infer/inference.h>

#include <gtest/gtest.h>

namespace vkm::graph {
namespace {

using test::FaultyDevice;

/// Opens a device with too little memory for what is tuned.
class TuningFaultsTest : public test::FaultyDeviceTest {
  protected:
    Comparison compare() {
        const engine::Tuning none;
        FaultyDevice faulty;
        return compare_graphs(faulty.device(), {graph_, none}, {graph_, none}, 1000);
    }

    /// Counts the allocations of a graph that runs.
    int allocations_of_one() {
        const int before = FaultyDevice::calls(FaultyDevice::allocate);
        compare();
        return (FaultyDevice::calls(FaultyDevice::allocate) - before) / 2;
    }

    const Graph graph_ = infer::inference_graph(test::tiny_model(), 2, DType::f32, Granularity::layers);
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
