#pragma once

#include <onnx/onnx.pb.h>

#include <cstdint>
#include <string_view>
#include <vector>

namespace vkm::graph {

/// Returns an operator's attribute, or nullptr.
const onnx::AttributeProto* attribute(const onnx::NodeProto&, std::string_view name);

/// Return the attribute's value, or the other one where there is no such attribute.
int64_t integer(const onnx::NodeProto&, std::string_view name, int64_t otherwise);
float number(const onnx::NodeProto&, std::string_view name, float otherwise);

/// Returns the attribute's values; none where there is no such attribute.
std::vector<int64_t> integers(const onnx::NodeProto&, std::string_view name);

}  // namespace vkm::graph
