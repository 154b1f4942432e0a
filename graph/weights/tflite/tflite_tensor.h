#pragma once

#include <graph/weights/state_dict.h>

#include <tflite/tflite_generated.h>

#include <optional>
#include <string>
#include <vector>

namespace vkm::graph {

/// Holds a constant of a TensorFlow Lite model.
struct TfliteConstant {
    std::vector<int64_t> shape;
    std::vector<float> values;
};

/// Returns a tensor's values, dequantised: (q - zero point) scale. Throws WeightsError naming `file` and the
/// tensor where it is damaged or of a type that is not known.
TfliteConstant tflite_constant(const tflite::Tensor&, const flatbuffers::Vector<uint8_t>& data,
                               const std::string& file);

/// Says which numbers an 8-bit tensor can hold.
struct TfliteRange {
    double low, high;
    bool from_zero;  ///< what would be negative is 0
};
/// Returns the range of a quantised tensor, nothing of others.
std::optional<TfliteRange> tflite_range(const tflite::Tensor&);

/// Returns a tensor's name for messages.
std::string tflite_name(const tflite::Tensor&);

}  // namespace vkm::graph
