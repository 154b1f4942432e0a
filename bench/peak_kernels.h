#pragma once

#include <engine/vulkan/device.h>
#include <graph/lower/lowering.h>
#include <graph/run/planned_device.h>

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace vkm::bench {

constexpr uint64_t peak_alignment = 256;  ///< of what kernels bind: no device asks for more

bool is_software(const graph::PlannedDevice&);
/// Returns enough invocations to fill a device of its class; a core of a CPU needs no more than it has lanes.
uint32_t filling_invocations(const graph::PlannedDevice&);

/// Allocates what a kernel is to write. It holds no number before: memory is used again, and may hold from
/// another measurement just what this one should have computed.
engine::Block unwritten(graph::PlannedDevice&, uint64_t bytes, std::string_view label);

/// Returns a kernel with workgroups of the plan's size, which is all that it is specialized to.
template <typename Interface>
const engine::Kernel* peak_kernel(graph::PlannedDevice& device, LoadPath load, const Shader& shader) {
    const typename Interface::Constants constants{.workgroup = device.plan().kernels.workgroup};
    const engine::KernelSpec spec{&shader, Storage::f32, load, constant_words(constants), false};
    return device.device().kernels(std::span(&spec, 1)).front();
}

template <typename Interface>
void dispatch_peak(graph::PlannedDevice& device, engine::CommandList& list, const engine::Kernel* kernel,
                   const typename Interface::template Bindings<engine::Slice>& bindings,
                   const typename Interface::Push& push, int64_t invocations, double flops = 0) {
    const int64_t workgroups = graph::divide_up(invocations, device.plan().kernels.workgroup);
    std::vector<engine::Slice> slices;
    bindings.each([&](const engine::Slice& slice) { slices.push_back(slice); });
    const std::vector<std::byte> bytes = push_bytes<Interface>(push);
    list.dispatch({kernel, slices, bytes, graph::fold_workgroups(workgroups, device.plan()), "peak", flops});
}

/// Says what lane `lane` of quad `quad` holds.
using QuadValue = std::function<double(uint64_t quad, uint64_t lane)>;

/// Returns quads [first, first + count) of what lies on the device, as floats.
std::vector<float> quads_of(graph::PlannedDevice&, const engine::Block&, uint64_t first, uint64_t count);
/// Writes quads [first, first + count).
void write_quads(graph::PlannedDevice&, const engine::Block&, uint64_t first, uint64_t count,
                 const QuadValue&);
/// Throws where a lane of a quad is not what it should be, or is no number. A rate of what was not computed
/// is none.
void require_quads(const std::string& what, const std::vector<float>& found, uint64_t first,
                   const QuadValue& expected);

}  // namespace vkm::bench
