#include "graph/support/operator_test.h"

#include <graph/ops/accumulate.h>

#include <graph/run/executor.h>

#include <gtest/gtest.h>

#include <cstring>
#include <limits>

namespace vkm::test {
namespace {

using namespace graph;

constexpr int64_t size = 70;

/// Adds up batches in one graph and finishes with the last in another, as a training does.
struct Batches {
    Graph adding, finishing;
    ValueId x, sum, last, before;

    Batches() {
        x = adding.input("x", channel_vector(size));
        sum = adding.add_value(
            {.name = "sum", .type = channel_vector(size), .role = Role::gradient, .info = {}});
        adding.add("a", ops::accumulate(), {x, sum, adding.step_params()});
        last = finishing.add_value(
            {.name = "last", .type = channel_vector(size), .role = Role::gradient, .info = {}});
        before = finishing.add_value(
            {.name = "sum", .type = channel_vector(size), .role = Role::gradient, .info = {}});
        finishing.add("a", ops::accumulated_mean(), {last, before, finishing.step_params()});
    }
};

HostTensor filled(double value) {
    HostTensor tensor({1, 1, 1, size});
    std::ranges::fill(tensor.values, value);
    return tensor;
}

void run(Executor& executor, const StepParams& step, ValueId input, const HostTensor& value) {
    const auto slot = executor.begin();
    if (input != no_value) {
        const std::vector<std::byte> bytes = to_bytes(value, f32(value.shape));
        std::memcpy(executor.input(slot, 0, input).data(), bytes.data(), bytes.size());
    }
    executor.set_step(slot, 0, step);
    executor.submit(slot);
    executor.wait(slot);
}

TEST(AccumulateTest, TheMeanOfAllBatchesWhateverWasThereBefore) {
    const Batches batches;
    for (const DeviceUnderTest& device : devices_both_ways()) {
        SCOPED_TRACE(device.name);
        DeviceState state(*device.device);
        Executor adding({{&state, &batches.adding}}), finishing({{&state, &batches.finishing}});
        state.write(batches.adding, batches.sum, filled(std::numeric_limits<double>::quiet_NaN()));
        run(adding, {.micro_batch = 0, .micro_batch_share = 0.25f}, batches.x, filled(1));
        run(adding, {.micro_batch = 1, .micro_batch_share = 0.25f}, batches.x, filled(2));
        run(adding, {.micro_batch = 2, .micro_batch_share = 0.25f}, batches.x, filled(5));
        state.write(batches.finishing, batches.last, filled(8));
        run(finishing, {.micro_batch = 3, .micro_batch_share = 0.25f}, no_value, {});
        EXPECT_EQ(state.read(batches.finishing, batches.last).values, filled(4).values);
        // A step of one batch, though the sum of the last step is still there.
        state.write(batches.finishing, batches.last, filled(3));
        run(finishing, {.micro_batch = 0, .micro_batch_share = 1}, no_value, {});
        EXPECT_EQ(state.read(batches.finishing, batches.last).values, filled(3).values);
    }
}

}  // namespace
}  // namespace vkm::test
