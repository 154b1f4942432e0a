#include <graph/weights/onnx/onnx_attributes.h>
#include <graph/weights/onnx/onnx_quantised.h>

#include <algorithm>
#include <array>
#include <cmath>

namespace vkm::graph {
namespace {

using onnx::NodeProto;

/// Returns the numbers that a constant's integers stand for: (q - zero) scale, each one or one for every index
/// of an axis.
OnnxConstant dequantised(OnnxGraph& g, const NodeProto& node, OnnxConstant made, const OnnxConstant& scale,
                         const OnnxConstant* zero, int64_t axis) {
    if (scale.values.empty() || (zero && zero->values.size() != scale.values.size()))
        throw g.unfit(node, "it has no scale");
    const auto rank = static_cast<int64_t>(made.shape.size());
    if (axis < 0) axis += rank;
    size_t each = 1, channels = 1;
    if (scale.values.size() > 1) {
        if (axis < 0 || axis >= rank) throw g.unfit(node, "its axis is none of the tensor's");
        channels = static_cast<size_t>(made.shape[static_cast<size_t>(axis)]);
        for (size_t i = static_cast<size_t>(axis) + 1; i < made.shape.size(); ++i)
            each *= static_cast<size_t>(made.shape[i]);
        if (channels != scale.values.size()) throw g.unfit(node, "its scales are not one a channel");
    }
    for (size_t i = 0; i < made.values.size(); ++i) {
        const size_t c = channels == 1 ? 0 : i / each % channels;
        made.values[i] = (made.values[i] - (zero ? zero->values[c] : 0)) * scale.values[c];
    }
    return made;
}

/// Returns a constant whose scale and zero point are the inputs behind it.
OnnxConstant constant_of(OnnxGraph& g, const NodeProto& node, int input, int64_t axis) {
    const OnnxConstant* zero = g.optional(node, input + 2);
    return dequantised(g, node, g.required(node, input), g.required(node, input + 1), zero, axis);
}

/// Returns the bias of a layer of integers, whose scale is the product of its inputs'.
std::vector<float> bias_of(OnnxGraph& g, const NodeProto& node, int input, const OnnxConstant& x_scale,
                           const OnnxConstant& w_scale) {
    const OnnxConstant* found = g.optional(node, input);
    if (!found) return {};
    if (x_scale.values.size() != 1 ||
        (w_scale.values.size() != 1 && w_scale.values.size() != found->values.size()))
        throw g.unfit(node, "its scales are not one a channel");
    std::vector<float> bias = found->values;
    for (size_t i = 0; i < bias.size(); ++i)
        bias[i] *= x_scale.values[0] * w_scale.values[w_scale.values.size() == 1 ? 0 : i];
    return bias;
}

/// Remembers what an operator's result can hold at most, where it can hold nothing below 0.
void limit_result(OnnxGraph& g, const NodeProto& node, FileValue result, int scale_input) {
    const OnnxConstant& scale = g.required(node, scale_input);
    const OnnxConstant* zero = g.optional(node, scale_input + 1);
    if (scale.values.size() != 1 || (zero && zero->values.size() != 1)) return;
    constexpr double steps = 255;
    const bool from_zero = zero ? zero->least && zero->values[0] == *zero->least : true;
    if (!from_zero) return;
    const auto made = std::ranges::find(g.net.nodes, result, &FileNode::output);
    if (made != g.net.nodes.end()) made->ceiling = steps * scale.values[0];
}

void limit_last(OnnxGraph& g, const NodeProto& node, int scale_input) {
    limit_result(g, node, g.net.nodes.back().output, scale_input);
}

/// Rounds a constant to 8 bits; the integers stand where it did.
void quantize_constant(OnnxGraph& g, const NodeProto& node) {
    OnnxConstant made = g.required(node, 0);
    const OnnxConstant& scale = g.required(node, 1);
    const OnnxConstant* zero = g.optional(node, 2);
    constexpr float steps = 255;
    const float least = zero && zero->least ? *zero->least : 0;
    // q = x / scale + zero: what is undone by (q - zero) scale.
    OnnxConstant inverse = scale, shift = scale;
    for (size_t c = 0; c < scale.values.size(); ++c) {
        inverse.values[c] = 1 / scale.values[c];
        shift.values[c] = zero && c < zero->values.size() ? -zero->values[c] * scale.values[c] : 0;
    }
    made = dequantised(g, node, std::move(made), inverse, &shift, integer(node, "axis", 1));
    for (float& value : made.values)
        value = std::clamp(std::nearbyint(value), least, least + steps);
    made.least = least;
    g.set_constant(node.output(0), std::move(made));
}

void quantize(OnnxGraph& g, const NodeProto& node) {
    if (!g.is_data(node.input(0))) return quantize_constant(g, node);
    append_same(g, node);
    limit_result(g, node, g.value(node.output(0)), 1);
}

void dequantize(OnnxGraph& g, const NodeProto& node) {
    if (node.input_size() == 0 || g.is_data(node.input(0))) return append_same(g, node);
    g.set_constant(node.output(0), constant_of(g, node, 0, integer(node, "axis", 1)));
}

// Quantised as they come: of a scale that is only known then. Taken as 1, it leaves the numbers what they are.
void dynamic(OnnxGraph& g, const NodeProto& node) {
    append_same(g, node);
    if (node.output_size() > 1) g.set_unit(node.output(1));
    if (node.output_size() > 2) g.set_constant(node.output(2), {{}, {0}, true});
}

/// Returns the weights of a layer of integers, whose scale follows it.
OnnxConstant unscaled(OnnxGraph& g, const NodeProto& node, int64_t axis) {
    OnnxConstant scale{{}, {1}};
    const OnnxConstant* zero = g.optional(node, 3);
    if (zero) scale.values.assign(zero->values.size(), 1);
    return dequantised(g, node, g.required(node, 1), scale, zero, axis);
}

void integer_convolution(OnnxGraph& g, const NodeProto& node) {
    append_convolution(g, node, unscaled(g, node, 0), {});
    g.unscaled_layers[g.net.nodes.back().output] = g.net.nodes.size() - 1;
}

void integer_product(OnnxGraph& g, const NodeProto& node) {
    append_connected(g, node, unscaled(g, node, 1), false, {});
    g.unscaled_layers[g.net.nodes.back().output] = g.net.nodes.size() - 1;
}

void linear_convolution(OnnxGraph& g, const NodeProto& node) {
    std::vector<float> bias = bias_of(g, node, 8, g.required(node, 1), g.required(node, 4));
    append_convolution(g, node, constant_of(g, node, 3, 0), std::move(bias));
    limit_last(g, node, 6);
}

void linear_product(OnnxGraph& g, const NodeProto& node) {
    append_connected(g, node, constant_of(g, node, 3, 1), false, {});
    limit_last(g, node, 6);
}

void linear_layer(OnnxGraph& g, const NodeProto& node) {
    if (integer(node, "transA", 0) != 0 || number(node, "alpha", 1) != 1)
        throw g.unfit(node, "it is more than a fully connected layer");
    const bool transposed = integer(node, "transB", 0) != 0;
    append_connected(g, node, constant_of(g, node, 3, transposed ? 0 : 1), transposed,
                     bias_of(g, node, 6, g.required(node, 1), g.required(node, 4)));
    if (g.optional(node, 7)) limit_last(g, node, 7);
}

/// Appends an operation of two values, each before its scale and zero point.
void binary(OnnxGraph& g, const NodeProto& node, FileOp op) {
    constexpr int second = 3, result = 6;
    const FileValue other = g.data(node, second);
    g.append(node, op).inputs.push_back(other);
    limit_last(g, node, result);
}
void addition(OnnxGraph& g, const NodeProto& node) {
    binary(g, node, FileOp::add);
}
void multiplication(OnnxGraph& g, const NodeProto& node) {
    binary(g, node, FileOp::multiply);
}

void pool(OnnxGraph& g, const NodeProto& node) {
    g.append(node, FileOp::pool);
    limit_last(g, node, 3);
}

struct Row {
    std::string_view type;
    OnnxOperator add;
};

constexpr std::array rows{
    Row{"QuantizeLinear", quantize},       Row{"DequantizeLinear", dequantize},
    Row{"DynamicQuantizeLinear", dynamic}, Row{"ConvInteger", integer_convolution},
    Row{"MatMulInteger", integer_product}, Row{"QLinearConv", linear_convolution},
    Row{"QLinearMatMul", linear_product},  Row{"QGemm", linear_layer},
    Row{"QLinearAdd", addition},           Row{"QLinearMul", multiplication},
    Row{"QLinearGlobalAveragePool", pool},
};

}  // namespace

OnnxOperator quantised_operator(std::string_view type) {
    const auto row = std::ranges::find(rows, type, &Row::type);
    return row == rows.end() ? nullptr : row->add;
}

bool scale_integer_layer(OnnxGraph& g, const NodeProto& product) {
    for (const int input : {0, 1}) {
        if (product.input_size() != 2 || !g.is_data(product.input(input))) continue;
        const FileValue value = g.data(product, input);
        const auto layer = g.unscaled_layers.find(value);
        if (layer == g.unscaled_layers.end() || g.is_data(product.input(1 - input))) continue;
        const std::vector<float>& scale = g.required(product, 1 - input).values;
        FileNode& node = g.net.nodes[layer->second];
        const auto channels = static_cast<size_t>(node.shape[0]);
        if (scale.size() != 1 && scale.size() != channels)
            throw g.unfit(product, "its scales are not one a channel");
        const size_t each = node.weight.size() / channels;
        for (size_t i = 0; i < node.weight.size(); ++i)
            node.weight[i] *= scale[scale.size() == 1 ? 0 : i / each];
        g.unscaled_layers.erase(layer);
        g.name_value(product.output(0), value);
        return true;
    }
    return false;
}

}  // namespace vkm::graph
