#pragma once

#include <graph/run/planned_device.h>

#include <optional>
#include <string>

namespace vkm::bench {

/// Holds what a device's cooperative matrices multiply at most: fp16 operands in registers, sums in fp32.
struct MatrixPeak {
    std::optional<double> gflops;
    std::string shape;   ///< "16x16x16" (M, N, K): the shape measured, as the device lists it
    std::string absent;  ///< why there is no rate: what the driver or this build lacks, or a wrong result
};

/// Measures the rate, which counts only where every result of the kernel is the product of its matrices.
MatrixPeak measure_matrix_peak(graph::PlannedDevice&);

}  // namespace vkm::bench
