#pragma once

#include <engine/vulkan/device.h>
#include <graph/lower/program.h>

#include <functional>
#include <vector>

namespace vkm::graph {

/// Compiles a program's kernels (engine::Device::kernels). Returns them by command, null for what is no
/// dispatch.
std::vector<const engine::Kernel*> create_kernels(engine::Device&, const Program&,
                                                  const std::function<void(size_t, size_t)>& progress = {},
                                                  const std::function<void()>& meanwhile = {});

/// Finds a region's memory.
using Resolve = std::function<engine::Slice(const Region&)>;

/// Records a command with its kernel, if it has one. Reductions record nothing: they are the host's.
void record(engine::CommandList&, const Command&, const engine::Kernel*, const Resolve&);

}  // namespace vkm::graph
