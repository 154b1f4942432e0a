#include <graph/lower/lowering.h>
#include <graph/measure/kernel_compilation.h>
#include <graph/ops/add.h>

#include <gmock/gmock.h>

#include "graph/support/devices.h"

namespace vkm::test {
namespace {

using namespace graph;

TEST(KernelCompilationTest, SpillsAreRegistersThatWentToMemory) {
    for (const char* name :
         {"Spilled VGPRs", "Spilled SGPRs", "Spill count", "Spills to memory", "Spills", "STP Count"})
        EXPECT_TRUE(counts_spills({name, 1})) << name;
    for (const char* name : {"Spills to reg", "Fills from reg", "Number of GPRs", "Code size"})
        EXPECT_FALSE(counts_spills({name, 1})) << name;
}

Graph total_of(Shape shape) {
    Graph graph;
    graph.add1("sum", ops::add(), {graph.input("a", f32(shape)), graph.input("b", f32(shape))});
    return graph;
}

TEST(KernelCompilationTest, AKernelOfSeveralGraphsIsCompiledOnce) {
    PlannedDevice& device = *devices().front().device;
    const Graph small = total_of({1, 2, 2, 8}), large = total_of({2, 5, 3, 8});
    std::vector<KernelCompilation> compiled;
    const auto report = [&](const KernelCompilation& compilation) { compiled.push_back(compilation); };
    compile_kernels(device, {&small, &large}, false, report);
    ASSERT_EQ(compiled.size(), 1u);
    EXPECT_EQ(compiled[0].kernel, kernel_specs(lower(small, device.plan())).front().shader->name);
    EXPECT_THAT(compiled[0].variant, testing::StartsWith("fp32 "));
    EXPECT_TRUE(compiled[0].ok) << compiled[0].message;
}

TEST(KernelCompilationTest, CompilesNothingMoreOnceItIsToStop) {
    const Graph graph = total_of({1, 2, 2, 8});
    compile_kernels(
        *devices().front().device, {&graph}, true,
        [](const KernelCompilation& compilation) { ADD_FAILURE() << compilation.kernel; },
        [] { return true; });
}

}  // namespace
}  // namespace vkm::test
