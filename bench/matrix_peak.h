#pragma once

#include <graph/run/planned_device.h>

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vkm::bench {

/// Holds what a device's cooperative matrices multiply at most: fp16 operands in registers, sums in fp32.
struct MatrixPeak {
    std::optional<double> gflops;
    std::string shape;   ///< "16x16x16" (M, N, K): the shape measured, as the device lists it
    std::string absent;  ///< why there is no rate: what the driver or this build lacks, or a wrong result
};

/// Names what matrices hold, and where their products are summed up.
struct MatrixKind {
    std::string_view name;   ///< "int8"
    std::string_view label;  ///< "signed bytes with sums in int32"
    bool whole_numbers;      ///< operations are not floating-point ones
};
/// Returns what there are kernels for, fp16 with sums in fp32 first.
std::span<const MatrixKind> matrix_kinds();

/// Holds the rate of one kind in one shape that the device lists, in 1e9 operations a second.
struct MatrixRate {
    std::string_view kind;
    std::string shape;           ///< as in MatrixPeak
    std::optional<double> gops;  ///< only where every result of the kernel is the product of its matrices
};

/// Returns the shapes of a kind that a device lists, each once: drivers list one again where its sums may
/// saturate.
std::vector<engine::DeviceSnapshot::CooperativeMatrix> matrix_shapes(const engine::DeviceSnapshot&,
                                                                     const MatrixKind&);
/// Returns why nothing of a kind can be measured: what the driver or this build lacks. Empty where it can.
std::string no_matrices(const graph::PlannedDevice&, const MatrixKind&);
/// Measures every shape of a kind that the device lists. What is measured is added at once. Tests put a wrong
/// kernel in the place of the kind's own.
void measure_matrices(graph::PlannedDevice&, const MatrixKind&, std::vector<MatrixRate>&,
                      const Shader* instead = nullptr);

/// Returns the rate of the shape that networks' kernels use.
MatrixPeak matrix_peak(const graph::PlannedDevice&, const std::vector<MatrixRate>&);

/// Returns the fastest shape of a kind; null where none was measured.
const MatrixRate* best_rate(const std::vector<MatrixRate>&, std::string_view kind);
/// Says that no shape of a kind has a rate, because the driver gets them wrong.
std::string wrong_products(std::string_view shape);

}  // namespace vkm::bench
