#pragma once

#include <graph/run/planned_device.h>

#include <string>

namespace vkm::bench {

// Rates of arithmetic in registers, in 1e9 operations a second. Each compares what every invocation wrote
// with what it should have computed, and throws vkm::Error where it differs.

double fp32_gflops(graph::PlannedDevice&, const Shader&);
double fp16_gflops(graph::PlannedDevice&, const Shader&);
double int32_gops(graph::PlannedDevice&, const Shader&);
/// Measures dot products of four bytes with four, added up in 32 bits. It takes
/// DevicePlan::integer_dot_product.
double int8_dot_gops(graph::PlannedDevice&, const Shader&);

/// Return why a device has none; nothing where it has.
std::string no_fp16(const graph::PlannedDevice&);
std::string no_int8_dot(const graph::PlannedDevice&);

}  // namespace vkm::bench
