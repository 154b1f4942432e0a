#include <graph/weights/onnx/onnx_attributes.h>
#include <graph/weights/onnx/onnx_constants.h>
#include <graph/weights/onnx/onnx_operators.h>
#include <graph/weights/onnx/onnx_quantised.h>

#include <algorithm>
#include <array>
#include <limits>
#include <tuple>

namespace vkm::graph {
namespace {

using onnx::AttributeProto;
using onnx::NodeProto;

constexpr int64_t largest_pad = 64;

/// Makes the shape of a value a constant where it is known: exporters compute padding from it.
void shape(OnnxGraph& g, const NodeProto& node) {
    const ImageSizes::Sizes* known = g.sizes.of(g.data(node, 0));
    if (!known || node.output_size() == 0) return;
    OnnxConstant made{{4}, {}, true};
    for (const int64_t size : *known)
        made.values.push_back(static_cast<float>(size));
    g.set_constant(node.output(0), std::move(made));
}

/// Returns whether an operator makes a constant of another.
bool is_constant_form(OnnxGraph& g, const NodeProto& node) {
    static constexpr std::array forms{"Identity", "QuantizeLinear", "DequantizeLinear"};
    return node.input_size() > 0 && std::ranges::find(forms, node.op_type()) != forms.end() &&
           g.constant(node.input(0)) != nullptr;
}

void fold(OnnxGraph& g, const NodeProto& node) {
    if (node.op_type() == "Mul" && node.input_size() == 2 && node.output_size() == 1)
        for (const int one : {0, 1})
            if (const OnnxConstant* other =
                    g.is_unit(node.input(one)) ? g.constant(node.input(1 - one)) : nullptr)
                return g.set_constant(node.output(0), OnnxConstant(*other));
    if (node.op_type() == "Transpose" && node.input_size() == 1 && node.output_size() == 1 &&
        integers(node, "perm") == std::vector<int64_t>{1, 0})
        g.set_transposed(node.output(0), node.input(0));
    const std::vector<const OnnxConstant*> inputs = g.small_constants(node);
    if (node.output_size() == 0 || inputs.size() != static_cast<size_t>(node.input_size())) return;
    if (auto made = fold_constants(node, inputs)) g.set_constant(node.output(0), *std::move(made));
}

void constant_node(OnnxGraph& g, const NodeProto& node) {
    if (node.output_size() == 0) return;
    OnnxConstant made;
    if (const AttributeProto* tensor = attribute(node, "value")) {
        made = g.read(tensor->t());
    } else if (const AttributeProto* one = attribute(node, "value_float")) {
        made.values = {one->f()};
    } else if (const AttributeProto* whole = attribute(node, "value_int")) {
        made.values = {static_cast<float>(whole->i())};
    } else if (const AttributeProto* many = attribute(node, "value_floats")) {
        made.values.assign(many->floats().begin(), many->floats().end());
        made.shape = {many->floats_size()};
    } else if (const AttributeProto* wholes = attribute(node, "value_ints")) {
        made.values.assign(wholes->ints().begin(), wholes->ints().end());
        made.shape = {wholes->ints_size()};
    } else {
        return;
    }
    g.set_constant(node.output(0), std::move(made));
}

void same(OnnxGraph& g, const NodeProto& node) {
    if (const OnnxConstant* known = g.is_data(node.input(0)) ? nullptr : g.constant(node.input(0)))
        g.set_constant(node.output(0), OnnxConstant(*known));
    else
        g.name_value(node.output(0), g.data(node, 0));
}

void transpose(OnnxGraph& g, const NodeProto& node) {
    const std::vector<int64_t> order = integers(node, "perm");
    if (order != std::vector<int64_t>{0, 2, 3, 1} && order != std::vector<int64_t>{0, 3, 1, 2})
        throw g.unfit(node, "it is no change between channels first and channels last");
    same(g, node);
}

int64_t square(OnnxGraph& g, const NodeProto& node, std::string_view name, int64_t otherwise) {
    const std::vector<int64_t> values = integers(node, name);
    if (values.empty()) return otherwise;
    if (values.size() != 2 || values[0] != values[1])
        throw g.unfit(node, fmt::format("its {} is not the same both ways", name));
    return values[0];
}

FilePads pads_of(OnnxGraph& g, const NodeProto& node, const std::vector<int64_t>& pads) {
    if (pads.empty()) return {};
    if (pads.size() != 4 || std::ranges::any_of(pads, [](int64_t p) { return p < 0 || p > largest_pad; }))
        throw g.unfit(node, "it pads no image");
    return {.top = pads[0], .left = pads[1], .bottom = pads[2], .right = pads[3]};
}

void convolution(OnnxGraph& g, const NodeProto& node) {
    const OnnxConstant* bias = g.optional(node, 2);
    append_convolution(g, node, g.required(node, 1), bias ? bias->values : std::vector<float>{});
}

void pad(OnnxGraph& g, const NodeProto& node) {
    const AttributeProto* mode = attribute(node, "mode");
    if (mode && mode->s() != "constant") throw g.unfit(node, fmt::format("it pads with {}", mode->s()));
    const OnnxConstant* fill = g.optional(node, 2);
    if (number(node, "value", 0) != 0 || (fill && (fill->values.empty() || fill->values[0] != 0)))
        throw g.unfit(node, "it does not pad with zeros");
    const OnnxConstant* input = g.optional(node, 1);
    const std::vector<int64_t> all = input ? input->integers() : integers(node, "pads");
    if (all.size() != 8) throw g.unfit(node, "it pads no image");
    // N, C, H, W or N, H, W, C, first before and then behind.
    const bool channels_last = all[3] == 0 && all[7] == 0 && (all[1] != 0 || all[5] != 0);
    const size_t h = channels_last ? 1 : 2, w = h + 1, other = channels_last ? 3 : 1;
    if (all[0] != 0 || all[4] != 0 || all[other] != 0 || all[other + 4] != 0)
        throw g.unfit(node, "it pads more than the image's sides");
    g.append(node, FileOp::pad).pads = pads_of(g, node, {all[h], all[w], all[h + 4], all[w + 4]});
}

void gemm(OnnxGraph& g, const NodeProto& node) {
    if (integer(node, "transA", 0) != 0 || number(node, "alpha", 1) != 1 || number(node, "beta", 1) != 1)
        throw g.unfit(node, "it is more than a fully connected layer");
    const OnnxConstant* bias = g.optional(node, 2);
    append_connected(g, node, g.required(node, 1), integer(node, "transB", 0) != 0,
                     bias ? bias->values : std::vector<float>{});
}

// Exporters that fold no constants leave the weights of a layer without a bias as they are, and transpose them.
void matmul(OnnxGraph& g, const NodeProto& node) {
    const std::string* matrix = node.input_size() > 1 ? g.transposed(node.input(1)) : nullptr;
    const OnnxConstant* weight = matrix ? g.constant(*matrix) : nullptr;
    if (weight) return append_connected(g, node, *weight, true, {});
    append_connected(g, node, g.required(node, 1), false, {});
}

void batch_norm(OnnxGraph& g, const NodeProto& node) {
    FileNode& made = g.append(node, FileOp::batch_norm);
    made.scale = g.required(node, 1).values;
    made.bias = g.required(node, 2).values;
    made.mean = g.required(node, 3).values;
    made.variance = g.required(node, 4).values;
    made.epsilon = std::stod(fmt::format("{}", number(node, "epsilon", 1e-5f)));  // as it was written
    for (const auto* other : {&made.bias, &made.mean, &made.variance})
        if (other->size() != made.scale.size()) throw g.unfit(node, "its parameters are not one a channel");
}

void limit(OnnxGraph& g, const NodeProto& node, int input, float low, float high) {
    FileNode& made = g.append(node, FileOp::clip, input);
    made.low = low;
    made.high = high;
}

constexpr float infinity = std::numeric_limits<float>::infinity();

void relu(OnnxGraph& g, const NodeProto& node) {
    limit(g, node, 0, 0, infinity);
}

float scalar(OnnxGraph& g, const NodeProto& node, int input) {
    const OnnxConstant& found = g.required(node, input);
    if (found.values.size() != 1) throw g.unfit(node, "its limits are several");
    return found.values[0];
}

void clip(OnnxGraph& g, const NodeProto& node) {
    const auto bound = [&](int input, const char* name, float otherwise) {
        return g.optional(node, input) ? scalar(g, node, input) : number(node, name, otherwise);
    };
    limit(g, node, 0, bound(1, "min", -infinity), bound(2, "max", infinity));
}

void extreme(OnnxGraph& g, const NodeProto& node, bool maximum) {
    if (node.input_size() != 2) throw g.unfit(node, "it is of more than one value");
    const int input = g.is_data(node.input(0)) ? 0 : 1;
    const float bound = scalar(g, node, 1 - input);
    limit(g, node, input, maximum ? bound : -infinity, maximum ? infinity : bound);
}

void minimum(OnnxGraph& g, const NodeProto& node) {
    extreme(g, node, false);
}
void maximum(OnnxGraph& g, const NodeProto& node) {
    extreme(g, node, true);
}

void hard_sigmoid(OnnxGraph& g, const NodeProto& node) {
    FileNode& line = g.append(node, FileOp::affine);
    line.a = {number(node, "alpha", 0.2f)};
    line.b = {number(node, "beta", 0.5f)};
    const FileValue end = line.output, middle = g.net.values++;
    line.output = middle;
    g.net.nodes.push_back(
        {.op = FileOp::clip, .name = OnnxGraph::described(node), .inputs = {middle}, .output = end});
    g.net.nodes.back().low = 0;
    g.net.nodes.back().high = 1;
}

void hard_swish(OnnxGraph& g, const NodeProto& node) {
    g.append(node, FileOp::activation).f = Activation::hard_swish;
}

/// Returns a constant's elements where they are one a channel at most.
std::vector<float> per_channel(OnnxGraph& g, const NodeProto& node, int input) {
    const OnnxConstant& found = g.required(node, input);
    if (found.values.empty() ||
        std::ranges::count_if(found.shape, [](int64_t size) { return size != 1; }) > 1)
        throw g.unfit(node, "its constant is not one a channel");
    return found.values;
}

/// Appends a operation of two values, or of one and a constant: `line` makes a and b of the latter.
template <typename Line>
void binary(OnnxGraph& g, const NodeProto& node, FileOp op, Line line) {
    if (node.input_size() != 2) throw g.unfit(node, "it is not of two values");
    const bool first = g.is_data(node.input(0)), second = g.is_data(node.input(1));
    if (first && second) {
        if (op == FileOp::affine) throw g.unfit(node, "it is of two values");
        const FileValue other = g.data(node, 1);
        g.append(node, op).inputs.push_back(other);
        return;
    }
    const int input = first ? 0 : 1;
    std::vector<float> constant = per_channel(g, node, 1 - input);
    FileNode& made = g.append(node, FileOp::affine, input);
    std::tie(made.a, made.b) = line(std::move(constant), input == 0);
}

using Line = std::pair<std::vector<float>, std::vector<float>>;

void addition(OnnxGraph& g, const NodeProto& node) {
    binary(g, node, FileOp::add, [](std::vector<float> c, bool) { return Line({1}, std::move(c)); });
}
void multiplication(OnnxGraph& g, const NodeProto& node) {
    if (scale_integer_layer(g, node)) return;
    binary(g, node, FileOp::multiply, [](std::vector<float> c, bool) { return Line(std::move(c), {0}); });
}
void subtraction(OnnxGraph& g, const NodeProto& node) {
    binary(g, node, FileOp::affine, [](std::vector<float> c, bool from_data) {
        if (!from_data) return Line({-1}, std::move(c));
        for (float& value : c)
            value = -value;
        return Line({1}, std::move(c));
    });
}
void division(OnnxGraph& g, const NodeProto& node) {
    binary(g, node, FileOp::affine, [&](std::vector<float> c, bool of_data) {
        if (!of_data) throw g.unfit(node, "it divides by a value");
        for (float& value : c)
            value = 1 / value;
        return Line(std::move(c), {0});
    });
}

void global_pool(OnnxGraph& g, const NodeProto& node) {
    g.append(node, FileOp::pool);
}

void reduce_mean(OnnxGraph& g, const NodeProto& node) {
    const OnnxConstant* input = g.optional(node, 1);
    std::vector<int64_t> axes = input ? input->integers() : integers(node, "axes");
    std::ranges::sort(axes);
    if (axes != std::vector<int64_t>{2, 3} && axes != std::vector<int64_t>{-2, -1} &&
        axes != std::vector<int64_t>{1, 2} && axes != std::vector<int64_t>{-3, -2})
        throw g.unfit(node, "it is no mean over an image");
    g.append(node, FileOp::pool);
}

void average_pool(OnnxGraph& g, const NodeProto& node) {
    const std::vector<int64_t> kernel = integers(node, "kernel_shape");
    if (kernel.size() != 2 || pads_of(g, node, integers(node, "pads")).any())
        throw g.unfit(node, "it is no mean over an image");
    g.append(node, FileOp::pool).shape = kernel;
}

void softmax(OnnxGraph& g, const NodeProto& node) {
    g.append(node, FileOp::softmax);
}
void sigmoid(OnnxGraph& g, const NodeProto& node) {
    g.append(node, FileOp::sigmoid);
}

struct Row {
    std::string_view type;
    void (*add)(OnnxGraph&, const NodeProto&);
};

constexpr std::array layers{
    Row{"Conv", convolution},
    Row{"Gemm", gemm},
    Row{"MatMul", matmul},
    Row{"BatchNormalization", batch_norm},
    Row{"Relu", relu},
    Row{"Clip", clip},
    Row{"Min", minimum},
    Row{"Max", maximum},
    Row{"HardSigmoid", hard_sigmoid},
    Row{"HardSwish", hard_swish},
    Row{"Add", addition},
    Row{"Sub", subtraction},
    Row{"Mul", multiplication},
    Row{"Div", division},
    Row{"GlobalAveragePool", global_pool},
    Row{"ReduceMean", reduce_mean},
    Row{"AveragePool", average_pool},
    Row{"Pad", pad},
    Row{"Softmax", softmax},
    Row{"LogSoftmax", softmax},
    Row{"Sigmoid", sigmoid},
    Row{"Transpose", transpose},
    Row{"Identity", same},
    Row{"Dropout", same},
    Row{"Cast", same},
    Row{"Flatten", same},
    Row{"Reshape", same},
    Row{"Squeeze", same},
    Row{"Unsqueeze", same},
};

}  // namespace

void append_same(OnnxGraph& g, const NodeProto& node) {
    same(g, node);
}

void append_convolution(OnnxGraph& g, const NodeProto& node, OnnxConstant weight, std::vector<float> bias) {
    if (weight.shape.size() != 4 || weight.values.empty()) throw g.unfit(node, "it is not of images");
    if (square(g, node, "dilations", 1) != 1) throw g.unfit(node, "it is dilated");
    FileNode& made = g.append(node, FileOp::convolution);
    made.shape = weight.shape;
    made.weight = std::move(weight.values);
    made.bias = std::move(bias);
    made.groups = integer(node, "group", 1);
    made.stride = square(g, node, "strides", 1);
    if (made.stride < 1 || made.stride > largest_pad) throw g.unfit(node, "no image is left of its stride");
    if (made.groups != 1 && (made.groups != made.shape[0] || made.shape[1] != 1))
        throw g.unfit(node, fmt::format("it has {} groups", made.groups));
    if (!made.bias.empty() && static_cast<int64_t>(made.bias.size()) != made.shape[0])
        throw g.unfit(node, "its bias is not one a channel");
    const AttributeProto* automatic = attribute(node, "auto_pad");
    if (automatic && automatic->s() == "SAME_UPPER")
        made.pads.same = true;
    else if (automatic && !automatic->s().empty() && automatic->s() != "NOTSET" && automatic->s() != "VALID")
        throw g.unfit(node, fmt::format("it pads as {}", automatic->s()));
    else
        made.pads = pads_of(g, node, integers(node, "pads"));
}

void append_connected(OnnxGraph& g, const NodeProto& node, const OnnxConstant& weight, bool transposed,
                      const std::vector<float>& bias) {
    if (weight.shape.size() != 2 || weight.values.empty()) throw g.unfit(node, "its weights are no matrix");
    FileNode& made = g.append(node, FileOp::convolution);
    const int64_t rows = weight.shape[0], columns = weight.shape[1];
    made.shape = transposed ? std::vector{rows, columns} : std::vector{columns, rows};
    made.weight = weight.values;
    if (!transposed)
        for (int64_t k = 0; k < rows; ++k)
            for (int64_t n = 0; n < columns; ++n)
                made.weight[static_cast<size_t>(n * rows + k)] =
                    weight.values[static_cast<size_t>(k * columns + n)];
    made.bias = bias;
    if (made.bias.size() == 1) made.bias.resize(static_cast<size_t>(made.shape[0]), made.bias[0]);
    if (!made.bias.empty() && static_cast<int64_t>(made.bias.size()) != made.shape[0])
        throw g.unfit(node, "its bias is not one an output");
}

void add_operator(OnnxGraph& graph, const NodeProto& node) {
    if (node.op_type() == "Constant") return constant_node(graph, node);
    // Of the images' shape, or of constants: nothing that has to be computed here.
    const bool reads_data =
        std::ranges::any_of(node.input(), [&](const std::string& name) { return graph.is_data(name); });
    if (node.op_type() == "Shape" && reads_data) return shape(graph, node);
    if (!reads_data && !is_constant_form(graph, node)) return fold(graph, node);
    const OnnxOperator quantised = quantised_operator(node.op_type());
    if (quantised && node.output_size() > 0) return quantised(graph, node);
    const auto row = std::ranges::find(layers, std::string_view(node.op_type()), &Row::type);
    if (row == layers.end() || node.output_size() == 0) throw graph.unfit(node, "no layer is like it");
    row->add(graph, node);
}

}  // namespace vkm::graph
