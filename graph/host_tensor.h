#pragma once

#include <graph/tensor.h>

#include <cstddef>
#include <span>
#include <vector>

namespace vkm::graph {

/// Holds a dense tensor in double precision, NHWC, without channel padding: what the CPU
/// reference computes with.
struct HostTensor {
    Shape shape;
    std::vector<double> values;

    HostTensor() = default;
    explicit HostTensor(Shape s) : shape(s), values(static_cast<size_t>(s.elements())) {}

    double& at(int64_t n, int64_t h, int64_t w, int64_t c) { return values[index(n, h, w, c)]; }
    double at(int64_t n, int64_t h, int64_t w, int64_t c) const { return values[index(n, h, w, c)]; }
    double& at(int64_t row, int64_t c) { return values[static_cast<size_t>(row * shape.c + c)]; }
    double at(int64_t row, int64_t c) const { return values[static_cast<size_t>(row * shape.c + c)]; }

  private:
    size_t index(int64_t n, int64_t h, int64_t w, int64_t c) const {
        return static_cast<size_t>(((n * shape.h + h) * shape.w + w) * shape.c + c);
    }
};

/// Convert between a host tensor and the stored bytes (padded, of the element type of `type`) of its shape.
std::vector<std::byte> to_bytes(const HostTensor&, const TensorType& type);
HostTensor from_bytes(std::span<const std::byte>, const TensorType& type);

}  // namespace vkm::graph
