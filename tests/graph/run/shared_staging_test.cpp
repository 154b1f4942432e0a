#include <graph/ops/add.h>
#include <graph/ops/all_reduce.h>
#include <graph/ops/hand_over.h>
#include <graph/run/executor.h>
#include <graph/run/planned_device.h>
#include <graph/run/shared_staging.h>

#include <gtest/gtest.h>
#include <support/vulkan_devices.h>

#include <cstring>

namespace vkm::test {
namespace {

using namespace graph;

HostReduction reduction(size_t number, int64_t bytes, Reduction kind) {
    return {.label = "r", .region = {.bytes = bytes}, .reduction = kind, .number = number};
}

TEST(SharedStagingTest, ASumHasOneRegionAndATransferOneASlot) {
    Schedule first, second;
    first.reductions = {reduction(0, 100, Reduction::sum), reduction(1, 300, Reduction::copy)};
    second.reductions = {reduction(0, 100, Reduction::sum), reduction(2, 4, Reduction::sum)};
    const std::vector<uint64_t> alignments{4096, 64};
    const std::vector<const Schedule*> schedules{&first, &second};
    const auto staging = SharedStaging::make(alignments, schedules, 2);
    ASSERT_TRUE(staging);
    EXPECT_EQ(staging->offset(0, 0), 0);
    EXPECT_EQ(staging->offset(0, 1), 0);
    EXPECT_EQ(staging->offset(1, 0), 256);
    EXPECT_EQ(staging->offset(1, 1), 256 + 512);
    EXPECT_EQ(staging->offset(2, 0), 256 + 2 * 512);
    EXPECT_EQ(staging->memory()->size(), 4096u);
}

TEST(SharedStagingTest, ThereIsNoneForOneDeviceOrNothing) {
    Schedule some, none;
    some.reductions = {reduction(0, 100, Reduction::sum)};
    const std::vector<uint64_t> one{4096, 0}, both{4096, 4096};
    const std::vector<const Schedule*> schedules{&some, &some}, empty{&none, &none};
    EXPECT_FALSE(SharedStaging::make(one, schedules, 2));
    EXPECT_FALSE(SharedStaging::make(both, empty, 2));
}

std::unique_ptr<PlannedDevice> open_importing(uint32_t index, bool imports) {
    engine::DevicePlan plan =
        engine::plan_device(engine::test_instance()->devices()[index], engine::known_quirks());
    if (!imports) plan.import_alignment = 0;
    return std::make_unique<PlannedDevice>(engine::test_instance()->open_planned(index, plan));
}

constexpr int64_t region_elements = 1000;
using RegionValues = std::array<float, region_elements>;

RegionValues ramp(float first) {
    RegionValues v;
    for (size_t i = 0; i < v.size(); ++i)
        v[i] = first + static_cast<float>(i);
    return v;
}

// Two devices, each of which imports memory or not.
void on_pairs(const std::function<void(PlannedDevice&, PlannedDevice&)>& test) {
    engine::on_every_device([&](uint32_t index) {
        for (const bool first : {true, false})
            for (const bool second : {true, false}) {
                SCOPED_TRACE(fmt::format("imports: {} {}", first, second));
                const auto a = open_importing(index, first),
                           b = open_importing(engine::test_device(), second);
                test(*a, *b);
            }
    });
}

TEST(SharedStagingTest, DevicesSumUpWhateverEachImports) {
    on_pairs([](PlannedDevice& a, PlannedDevice& b) {
        DeviceState first(a), second(b);
        Graph graph;
        const ValueId x = graph.input("x", f32({1, 1, 1, region_elements}));
        const ValueId doubled = graph.add1("double", ops::add(), {x, x});
        graph.add("sum", ops::all_reduce(Reduction::sum), {doubled});
        const ValueId y = graph.add1("after", ops::add(), {doubled, x});
        graph.value(y).role = Role::metric;
        Executor executor({{&first, &graph}, {&second, &graph}}, {});
        for (int step = 0; step < 7; ++step) {
            const Executor::Slot slot = executor.begin();
            const RegionValues at_a = ramp(static_cast<float>(step)), at_b = ramp(100);
            std::memcpy(executor.input(slot, 0, x).data(), at_a.data(), sizeof at_a);
            std::memcpy(executor.input(slot, 1, x).data(), at_b.data(), sizeof at_b);
            executor.submit(slot);
            executor.wait(slot);
            for (size_t replica = 0; replica < 2; ++replica) {
                RegionValues got;
                std::memcpy(got.data(), executor.metric(slot, replica, y).data(), sizeof got);
                for (size_t i = 0; i < got.size(); ++i)
                    ASSERT_EQ(got[i], 2 * (at_a[i] + at_b[i]) + (replica == 0 ? at_a : at_b)[i]);
            }
        }
    });
}

TEST(SharedStagingTest, OneDeviceHandsToAnotherWhateverEachImports) {
    on_pairs([](PlannedDevice& a, PlannedDevice& b) {
        DeviceState first(a), second(b);
        const TensorType type = f32({1, 1, 1, region_elements});
        Graph gives, takes;
        const ValueId x = gives.input("x", type);
        gives.add("give", ops::give(0), {gives.add1("double", ops::add(), {x, x})});
        const ValueId own = takes.input("x", type);
        const ValueId y = takes.add1("after", ops::add(), {takes.add1("take", ops::take(0, type), {}), own});
        takes.value(y).role = Role::metric;
        Executor executor({{&first, &gives}, {&second, &takes}}, {});
        std::vector<std::pair<Executor::Slot, float>> flights;
        const auto settle = [&] {
            const auto [slot, was] = flights.front();
            flights.erase(flights.begin());
            executor.wait(slot);
            RegionValues got;
            std::memcpy(got.data(), executor.metric(slot, 1, y).data(), sizeof got);
            for (size_t i = 0; i < got.size(); ++i)
                ASSERT_EQ(got[i], 2 * ramp(was)[i] + 1);
        };
        for (int step = 0; step < 9; ++step) {
            if (flights.size() == executor.slots()) settle();
            const Executor::Slot slot = executor.begin();
            const RegionValues given = ramp(static_cast<float>(step));
            RegionValues ones;
            ones.fill(1);
            std::memcpy(executor.input(slot, 0, x).data(), given.data(), sizeof given);
            std::memcpy(executor.input(slot, 1, own).data(), ones.data(), sizeof ones);
            executor.submit(slot);
            flights.emplace_back(slot, static_cast<float>(step));
        }
        while (!flights.empty())
            settle();
    });
}

}  // namespace
}  // namespace vkm::test
