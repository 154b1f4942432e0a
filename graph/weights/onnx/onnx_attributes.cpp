#include <graph/weights/onnx/onnx_attributes.h>

namespace vkm::graph {

const onnx::AttributeProto* attribute(const onnx::NodeProto& node, std::string_view name) {
    for (const onnx::AttributeProto& attribute : node.attribute())
        if (attribute.name() == name) return &attribute;
    return nullptr;
}

int64_t integer(const onnx::NodeProto& node, std::string_view name, int64_t otherwise) {
    const onnx::AttributeProto* found = attribute(node, name);
    return found ? found->i() : otherwise;
}

float number(const onnx::NodeProto& node, std::string_view name, float otherwise) {
    const onnx::AttributeProto* found = attribute(node, name);
    return found ? found->f() : otherwise;
}

std::vector<int64_t> integers(const onnx::NodeProto& node, std::string_view name) {
    const onnx::AttributeProto* found = attribute(node, name);
    if (!found) return {};
    return {found->ints().begin(), found->ints().end()};
}

}  // namespace vkm::graph
