#pragma once

/// Counts the instructions, about, that depthwise kernels spend on a quad, by which their plans choose between ways. From
/// SPIR-V as engine/estimate follows it. A multiply-add takes four: a quad has four channels.
namespace vkm::graph::depthwise_cost {

constexpr double fetch = 14, normalise = 30;         ///< of an input, and batch norm and activation on it
constexpr double form = 22;                          ///< of a gradient that is formed of two fetched quads
constexpr double place = 8, stage = 6, unstage = 7;  ///< of a quad's way through shared memory
constexpr double weight = 7, multiply_add = 4;       ///< of a kernel's tap
constexpr double finish = 28;                        ///< of an output that is stored, and its statistics
constexpr double finish_gradient = 60;               ///< of a gradient that is stored, and batch norm's sums

}  // namespace vkm::graph::depthwise_cost
