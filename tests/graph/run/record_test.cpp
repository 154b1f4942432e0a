#include <base/align.h>
#include <graph/lower/lowering.h>
#include <graph/ops/add.h>
#include <graph/run/record.h>

#include <gmock/gmock.h>

#include "graph/support/devices.h"

namespace vkm::test {
namespace {

using namespace graph;

TEST(RecordTest, CommandsRunInTheirOrderAndReductionsAreLeftToTheHost) {
    PlannedDevice& planned = *devices().front().device;
    engine::Device& device = planned.device();
    Graph graph;
    const TensorType type = f32({1, 1, 1, 8});
    const ValueId a = graph.input("a", type), b = graph.input("b", type);
    const ValueId sum = graph.add1("sum", ops::add(), {a, b});
    Program program = lower(graph, planned.plan());
    ASSERT_EQ(program.commands.size(), 1u);
    const auto whole = [&](ValueId id) {
        return Region{program.buffer_of_value[static_cast<size_t>(id)], 0, type.bytes()};
    };
    // a = b, sum = a + b, b = 0
    program.commands.insert(program.commands.begin(),
                            {.node = 0, .label = "copy", .what = CopyCommand{whole(b), whole(a)}});
    program.commands.push_back(
        {.node = 0, .label = "reduce", .what = ReduceCommand{whole(sum), Reduction::sum}});
    program.commands.push_back({.node = 0, .label = "fill", .what = FillCommand{whole(b)}});

    const std::vector<const engine::Kernel*> kernels = create_kernels(device, program);
    EXPECT_THAT(kernels, testing::ElementsAre(nullptr, testing::NotNull(), nullptr, nullptr));

    const uint64_t stride = align_up(static_cast<uint64_t>(type.bytes()), device.plan().binding_alignment);
    const engine::Block block = device.allocate(3 * stride, engine::MemoryKind::device, "test");
    const auto resolve = [&](const Region& region) {
        return engine::Slice{
            &block, static_cast<uint64_t>(region.buffer) * stride + static_cast<uint64_t>(region.offset),
            static_cast<uint64_t>(region.bytes)};
    };
    std::vector<float> values{1, 2, 3, 4, 5, 6, 7, 8}, read(8);
    device.write(resolve(whole(b)), std::as_bytes(std::span(values)));
    engine::CommandList list = device.record();
    for (size_t i = 0; i < kernels.size(); ++i)
        record(list, program.commands[i], kernels[i], resolve);
    list.finish();
    device.wait(device.submit(list));
    device.read(resolve(whole(sum)), std::as_writable_bytes(std::span(read)));
    EXPECT_THAT(read, testing::ElementsAre(2, 4, 6, 8, 10, 12, 14, 16));
    device.read(resolve(whole(b)), std::as_writable_bytes(std::span(read)));
    EXPECT_THAT(read, testing::Each(0));
}

}  // namespace
}  // namespace vkm::test
