#include <graph/lower/program.h>
#include <shaders/catalog.h>

#include <gmock/gmock.h>

namespace vkm::graph {
namespace {

Command dispatch_of(const engine::KernelSpec& spec) {
    return {.node = 0,
            .label = "layer/operator",
            .what = DispatchCommand{.kernel = spec, .bindings = {}, .push = {}}};
}

TEST(ProgramTest, TellsKernelsInTheOrderOfTheirDispatchesAndEachOnce) {
    const engine::KernelSpec a{&shaders::depthwise, Storage::f32, LoadPath::buffer, {64, 1}};
    engine::KernelSpec other_constants = a, other_storage = a, pinned = a;
    other_constants.constants[1] = 2;
    other_storage.storage = Storage::f16;
    pinned.pin_subgroup = true;
    Program program;
    program.commands = {dispatch_of(a),
                        {.node = 0, .label = "layer/fill", .what = FillCommand{}},
                        dispatch_of(other_constants),
                        dispatch_of(a),
                        {.node = 0, .label = "layer/copy", .what = CopyCommand{}},
                        dispatch_of(other_storage),
                        dispatch_of(pinned),
                        dispatch_of(other_constants)};
    EXPECT_THAT(kernel_specs(program),
                testing::ElementsAre(a, other_constants, a, other_storage, pinned, other_constants));
    EXPECT_THAT(distinct_kernel_specs(program),
                testing::ElementsAre(a, other_constants, other_storage, pinned));
}

TEST(ProgramTest, WhatOnlyCopiesHasNoKernels) {
    Program program;
    program.commands = {{.node = 0, .label = "layer/copy", .what = CopyCommand{}}};
    EXPECT_THAT(kernel_specs(program), testing::IsEmpty());
    EXPECT_THAT(distinct_kernel_specs(program), testing::IsEmpty());
}

}  // namespace
}  // namespace vkm::graph
