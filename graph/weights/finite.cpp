#include <graph/weights/finite.h>

#include <algorithm>
#include <cmath>

namespace vkm::graph {
namespace {

bool is_float(WeightType type) {
    return type == WeightType::f16 || type == WeightType::bf16 || type == WeightType::f32 ||
           type == WeightType::f64;
}

}  // namespace

void require_finite(const StateDict& weights) {
    for (const NamedTensor& tensor : weights.tensors) {
        if (!is_float(tensor.dtype)) continue;
        const bool variance = tensor.name.ends_with("running_var");
        const std::vector<float> values = to_floats(tensor);
        const auto bad = std::ranges::find_if(
            values, [&](float value) { return !std::isfinite(value) || (variance && value < 0); });
        if (bad != values.end())
            throw WeightsError(
                "{}: the weights {} are not finite: element {} is {}; use a file written before they became so",
                weights.source, tensor.name, bad - values.begin(), *bad);
    }
}

}  // namespace vkm::graph
