#include <graph/weights/onnx/onnx_graph.h>

namespace vkm::graph {

void OnnxGraph::take_initializers(const onnx::GraphProto& graph) {
    for (const onnx::TensorProto& tensor : graph.initializer())
        initializers_[tensor.name()] = &tensor;
}

FileValue OnnxGraph::value(const std::string& name) {
    const auto [found, added] = values_.emplace(name, net.values);
    if (added) ++net.values;
    return found->second;
}

const OnnxConstant* OnnxGraph::constant(const std::string& name) {
    if (const auto known = constants_.find(name); known != constants_.end()) return &known->second;
    const auto found = initializers_.find(name);
    if (found == initializers_.end()) return nullptr;
    return &constants_.emplace(name, tensors_.read(*found->second)).first->second;
}

std::string OnnxGraph::described(const onnx::NodeProto& node) {
    const std::string& name = !node.name().empty() || node.output_size() == 0 ? node.name() : node.output(0);
    return fmt::format("{} '{}'", node.op_type(), name);
}

WeightsError OnnxGraph::unfit(const onnx::NodeProto& node, const std::string& why) const {
    return WeightsError("{}: operator {} is none of the networks that are known here: {}", file_,
                        described(node), why);
}

const OnnxConstant& OnnxGraph::required(const onnx::NodeProto& node, int input) {
    const OnnxConstant* found = input < node.input_size() ? constant(node.input(input)) : nullptr;
    if (!found) throw unfit(node, fmt::format("its input {} is no constant", input));
    return *found;
}

const OnnxConstant* OnnxGraph::optional(const onnx::NodeProto& node, int input) {
    return input < node.input_size() && !node.input(input).empty() ? &required(node, input) : nullptr;
}

FileValue OnnxGraph::data(const onnx::NodeProto& node, int input) const {
    if (input >= node.input_size() || !is_data(node.input(input)))
        throw unfit(node, fmt::format("its input {} does not come from the images", input));
    return values_.at(node.input(input));
}

FileNode& OnnxGraph::append(const onnx::NodeProto& node, FileOp op, int input) {
    FileNode made{.op = op, .name = described(node), .inputs = {data(node, input)}};
    made.output = value(node.output(0));
    return net.nodes.emplace_back(std::move(made));
}

std::vector<const OnnxConstant*> OnnxGraph::small_constants(const onnx::NodeProto& node) {
    constexpr size_t longest = 1 << 16;  // bytes
    std::vector<const OnnxConstant*> inputs;
    for (const std::string& name : node.input()) {
        const auto known = initializers_.find(name);
        if (known != initializers_.end() && known->second->ByteSizeLong() > longest) return {};
        inputs.push_back(is_data(name) ? nullptr : constant(name));
    }
    return inputs;
}

}  // namespace vkm::graph
