#pragma once

#include <engine/vulkan/device.h>
#include <test_shaders/catalog.h>

#include <array>

namespace vkm::engine {

constexpr uint32_t test_workgroup = 64;

inline const Kernel* kernel_of(Device& device, const Shader& shader, Storage storage = Storage::f32,
                               LoadPath load = LoadPath::buffer,
                               std::vector<uint32_t> constants = {test_workgroup}) {
    const KernelSpec spec{&shader, storage, load, std::move(constants), false};
    return device.kernels(std::span(&spec, 1))[0];
}

/// Records y = factor * x; tests/engine/shaders/scale.comp.
inline void record_scale(Device& device, CommandList& list, const Slice& x, const Slice& y, float factor,
                         Storage storage = Storage::f32, LoadPath load = LoadPath::buffer, double flops = 1.0,
                         std::string_view label = "test/scale") {
    const test_shaders::Scale::Push push{
        .quads = static_cast<uint32_t>(x.bytes / (storage == Storage::f32 ? 16 : 8)), .factor = factor};
    const std::array<Slice, 2> bindings{x, y};
    list.dispatch({kernel_of(device, test_shaders::scale, storage, load),
                   bindings,
                   std::as_bytes(std::span(&push, 1)),
                   {(push.quads + test_workgroup - 1) / test_workgroup, 1, 1},
                   label,
                   flops});
}

/// Records y += x; tests/engine/shaders/accumulate.comp.
inline void record_accumulate(Device& device, CommandList& list, const Slice& x, const Slice& y,
                              double flops = 1.0, std::string_view label = "test/accumulate") {
    const auto quads = static_cast<uint32_t>(x.bytes / 16);
    const std::array<Slice, 2> bindings{x, y};
    list.dispatch({kernel_of(device, test_shaders::accumulate),
                   bindings,
                   std::as_bytes(std::span(&quads, 1)),
                   {(quads + test_workgroup - 1) / test_workgroup, 1, 1},
                   label,
                   flops});
}

}  // namespace vkm::engine
