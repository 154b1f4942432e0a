#include <graph/operator.h>
#include <graph/summary.h>
#include <graph/weight_layout.h>

#include <algorithm>
#include <iterator>
#include <set>

namespace vkm::graph {

Summary summarise(const Graph& graph) {
    Summary summary;
    std::set<ValueId> counted;
    for (const Node& node : graph.nodes()) {
        LayerSummary layer{.layer = node.layer, .operation = std::string(node.op->name()), .output = {}};
        std::vector<TensorType> inputs, outputs;
        for (const ValueId id : node.inputs) {
            inputs.push_back(graph.type(id));
            const Value& value = graph.value(id);
            if (value.role == Role::parameter && value.info && counted.insert(id).second)
                layer.parameters += torch_elements(*value.info);
        }
        for (const ValueId id : node.outputs)
            outputs.push_back(graph.type(id));
        if (!outputs.empty()) layer.output = outputs.front().shape;
        layer.multiply_adds = node.op->multiply_adds(inputs, outputs);
        summary.parameters += layer.parameters;
        summary.multiply_adds += layer.multiply_adds;
        summary.layers.push_back(std::move(layer));
    }
    return summary;
}

std::string table(const Summary& summary) {
    size_t layer_width = 5, operation_width = 9;
    for (const LayerSummary& layer : summary.layers) {
        layer_width = std::max(layer_width, layer.layer.size());
        operation_width = std::max(operation_width, layer.operation.size());
    }
    std::string text;
    const auto line = [&](std::string_view layer, std::string_view operation, std::string_view output,
                          const auto& parameters, const auto& multiply_adds) {
        fmt::format_to(std::back_inserter(text), "{:<{}}  {:<{}}  {:>15}  {:>12}  {:>14}\n", layer,
                       layer_width, operation, operation_width, output, parameters, multiply_adds);
    };
    line("layer", "operation", "output", "parameters", "multiply-adds");
    for (const LayerSummary& layer : summary.layers)
        line(layer.layer, layer.operation, layer.output.text(), layer.parameters, layer.multiply_adds);
    line("total", "", "", summary.parameters, summary.multiply_adds);
    return text;
}

}  // namespace vkm::graph
