#include <graph/finite.h>

#include <algorithm>
#include <cmath>

namespace vkm::graph {

bool all_finite(const HostTensor& tensor) {
    return std::ranges::all_of(tensor.values, [](double value) { return std::isfinite(value); });
}

std::string why_not_finite(DType storage) {
    return storage == DType::f16
               ? "fp16 ends at 65504, and weights or activations go beyond; use --precision fp32"
               : "these weights lead beyond what fp32 holds; use others, or train again with a lower --lr";
}

}  // namespace vkm::graph
