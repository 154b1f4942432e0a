#include <graph/ops/add.h>
#include <graph/run/executor.h>
#include <graph/run/planned_device.h>

#include <gtest/gtest.h>
#include <support/vulkan_devices.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <deque>

namespace vkm::test {
namespace {

using namespace graph;
using engine::UploadPath;

constexpr int64_t elements = 8;

/// Adds two inputs of a step on one device, whose inputs reach it in a way.
struct Adder {
    Adder(uint32_t index, std::optional<UploadPath> uploads, size_t slots = steps_in_flight)
        : device(open_device(*engine::test_instance(), index, {.plan = {.uploads = uploads}})),
          state(*device) {
        a = graph.input("a", f32({1, 1, 1, elements}));
        b = graph.input("b", f32({1, 1, 1, elements}));
        sum = graph.add1("sum", ops::add(), {a, b});
        graph.value(sum).role = Role::metric;
        executor.emplace(std::vector<Executor::Replica>{{&state, &graph}}, RunOptions{.slots = slots});
    }

    void fill(Executor::Slot slot, ValueId id, float value) {
        std::array<float, elements> values{};
        values.fill(value);
        std::memcpy(executor->input(slot, 0, id).data(), values.data(), sizeof values);
    }
    float result(Executor::Slot slot) {
        executor->wait(slot);
        std::array<float, elements> values{};
        std::memcpy(values.data(), executor->metric(slot, 0, sum).data(), sizeof values);
        EXPECT_TRUE(std::ranges::all_of(values, [&](float v) { return v == values[0]; }));
        return values[0];
    }

    std::unique_ptr<PlannedDevice> device;
    DeviceState state;
    Graph graph;
    ValueId a, b, sum;
    std::optional<Executor> executor;
};

/// Runs a test on every device, in each way that is possible there.
void on_every_path(const std::function<void(uint32_t, UploadPath)>& test) {
    engine::on_every_device([&](uint32_t index) {
        const engine::DeviceSnapshot& device = engine::test_instance()->devices()[index];
        for (const UploadPath path : {UploadPath::in_step, UploadPath::beside_steps}) {
            if (path == UploadPath::beside_steps && !device.features.timeline_semaphore) continue;
            SCOPED_TRACE(static_cast<int>(path));
            test(index, path);
        }
    });
}

TEST(ExecutorUploadsTest, StepsInFlightReadTheirOwnInputs) {
    on_every_path([](uint32_t index, UploadPath path) {
        for (const size_t slots : {1, 2, 3}) {
            Adder adder(index, path, slots);
            std::deque<std::pair<Executor::Slot, float>> flights;
            for (int step = 0; step < 23; ++step) {
                if (flights.size() == slots) {
                    EXPECT_EQ(adder.result(flights.front().first), flights.front().second);
                    flights.pop_front();
                }
                const Executor::Slot slot = adder.executor->begin();
                adder.fill(slot, adder.a, static_cast<float>(step));
                adder.fill(slot, adder.b, 0.5f);
                if (step % 2 == 0) adder.executor->upload(slot);  // submit() does it for the others
                adder.executor->submit(slot);
                flights.emplace_back(slot, static_cast<float>(step) + 0.5f);
            }
            for (const auto& [slot, want] : flights)
                EXPECT_EQ(adder.result(slot), want);
        }
    });
}

TEST(ExecutorUploadsTest, WhatWasUploadedForAStepThatWasNeverSubmittedIsForgotten) {
    on_every_path([](uint32_t index, UploadPath path) {
        Adder adder(index, path);
        const Executor::Slot slot = adder.executor->begin();
        adder.fill(slot, adder.a, 1);
        adder.fill(slot, adder.b, 1);
        adder.executor->upload(slot);
        adder.executor->upload(slot);  // once is enough
        adder.executor->wait(slot);
        adder.fill(slot, adder.a, 2);
        adder.executor->submit(slot);
        EXPECT_EQ(adder.result(slot), 3);
    });
}

TEST(ExecutorUploadsTest, AnUploadMayBeTheLastThingAnExecutorDoes) {
    on_every_path([](uint32_t index, UploadPath path) {
        Adder adder(index, path);
        const Executor::Slot slot = adder.executor->begin();
        adder.executor->upload(slot);
        adder.executor.reset();
    });
}

}  // namespace
}  // namespace vkm::test
