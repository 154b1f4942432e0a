#include <graph/weights/network_file/recognise.h>
#include <graph/weights/onnx/onnx_constants.h>
#include <graph/weights/onnx/onnx_reader.h>
#include <graph/weights/onnx/onnx_tensor.h>
#include <graph/weights/written_form.h>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <map>

namespace vkm::graph {
namespace {

using onnx::AttributeProto;
using onnx::NodeProto;

constexpr int64_t largest_pad = 64;

class Reader {
  public:
    Reader(std::span<const std::byte> bytes, std::string_view file) : file_(file), tensors_(file_) {
        if (bytes.size() > std::numeric_limits<int>::max() ||
            !model_.ParseFromArray(bytes.data(), static_cast<int>(bytes.size())) || !model_.has_graph())
            throw WeightsError("{}: no ONNX model, or a damaged one; copy or export it again", file_);
    }

    NetworkFile read() {
        const onnx::GraphProto& graph = model_.graph();
        for (const onnx::TensorProto& tensor : graph.initializer())
            initializers_[tensor.name()] = &tensor;
        take_input(graph);
        for (const NodeProto& node : graph.node()) {
            add(node);
            for (; followed_ < net_.nodes.size(); ++followed_)
                follow(net_.nodes[followed_]);
        }
        if (graph.output_size() == 0 || !values_.contains(graph.output(0).name()))
            throw WeightsError("{}: nothing of the images reaches its output", file_);
        net_.output = values_.at(graph.output(0).name());
        take_metadata();
        return std::move(net_);
    }

  private:
    void take_input(const onnx::GraphProto& graph) {
        const onnx::ValueInfoProto* images = nullptr;
        for (const onnx::ValueInfoProto& input : graph.input()) {
            if (initializers_.contains(input.name())) continue;
            if (images)
                throw WeightsError("{}: has a second input, {}; networks here take images alone", file_,
                                   input.name());
            images = &input;
        }
        if (!images) throw WeightsError("{}: has no input; networks here take images", file_);
        net_.input = value(images->name());
        const auto& shape = images->type().tensor_type().shape();
        if (shape.dim_size() != 4)
            throw WeightsError("{}: input {} has {} dimensions, and images have 4", file_, images->name(),
                               shape.dim_size());
        const auto size = [&](int i) { return shape.dim(i).has_dim_value() ? shape.dim(i).dim_value() : 0; };
        const bool channels_last = size(3) == 3 && size(1) != 3;
        const int64_t height = channels_last ? size(1) : size(2), width = channels_last ? size(2) : size(3);
        if (height != width)
            throw WeightsError("{}: images of {} x {} pixels; networks here take square ones", file_, height,
                               width);
        constexpr int64_t largest = 1 << 16;
        net_.input_size = std::max<int64_t>(height, 0);
        if (!channels_last && height > 0 && height <= largest) sizes_[net_.input] = {1, 3, height, width};
    }

    void take_metadata() {
        for (const onnx::StringStringEntryProto& entry : model_.metadata_props())
            net_.metadata[entry.key()] = entry.value();
        for (const char* key : {class_names_key, "class_names", "classes", "labels", "names"}) {
            const auto found = net_.metadata.find(key);
            if (found == net_.metadata.end() || !net_.class_names.empty()) continue;
            const nlohmann::json names = nlohmann::json::parse(found->second, nullptr, false);
            if (names.is_array() && std::ranges::all_of(names, [](const auto& n) { return n.is_string(); }))
                net_.class_names = names.get<std::vector<std::string>>();
        }
        for (const char* tensorflow : {"tf2onnx", "keras", "tensorflow"})
            if (model_.producer_name().find(tensorflow) != std::string::npos)
                net_.habits = FileHabits::tensorflow;
    }

    // Values and constants.

    FileValue value(const std::string& name) {
        const auto [found, added] = values_.emplace(name, net_.values);
        if (added) ++net_.values;
        return found->second;
    }

    bool is_data(const std::string& name) const { return values_.contains(name); }

    const OnnxConstant* constant(const std::string& name) {
        if (const auto known = constants_.find(name); known != constants_.end()) return &known->second;
        const auto found = initializers_.find(name);
        if (found == initializers_.end()) return nullptr;
        return &constants_.emplace(name, tensors_.read(*found->second)).first->second;
    }

    static std::string described(const NodeProto& node) {
        const std::string& name =
            !node.name().empty() || node.output_size() == 0 ? node.name() : node.output(0);
        return fmt::format("{} '{}'", node.op_type(), name);
    }

    WeightsError unfit(const NodeProto& node, const std::string& why) const {
        return WeightsError("{}: operator {} is none of the networks that are known here: {}", file_,
                            described(node), why);
    }

    const OnnxConstant& required(const NodeProto& node, int input) {
        const OnnxConstant* found = input < node.input_size() ? constant(node.input(input)) : nullptr;
        if (!found) throw unfit(node, fmt::format("its input {} is no constant", input));
        return *found;
    }

    const OnnxConstant* optional(const NodeProto& node, int input) {
        return input < node.input_size() && !node.input(input).empty() ? &required(node, input) : nullptr;
    }

    // Attributes.

    static const AttributeProto* attribute(const NodeProto& node, std::string_view name) {
        for (const AttributeProto& attribute : node.attribute())
            if (attribute.name() == name) return &attribute;
        return nullptr;
    }
    static int64_t integer(const NodeProto& node, std::string_view name, int64_t otherwise) {
        const AttributeProto* found = attribute(node, name);
        return found ? found->i() : otherwise;
    }
    static float number(const NodeProto& node, std::string_view name, float otherwise) {
        const AttributeProto* found = attribute(node, name);
        return found ? found->f() : otherwise;
    }
    static std::vector<int64_t> integers(const NodeProto& node, std::string_view name) {
        const AttributeProto* found = attribute(node, name);
        if (!found) return {};
        return {found->ints().begin(), found->ints().end()};
    }

    // Operators.

    using Add = void (Reader::*)(const NodeProto&);
    struct Row {
        std::string_view type;
        Add add;
    };

    void add(const NodeProto& node) {
        static constexpr std::array rows{
            Row{"Conv", &Reader::convolution},
            Row{"Gemm", &Reader::gemm},
            Row{"MatMul", &Reader::matmul},
            Row{"BatchNormalization", &Reader::batch_norm},
            Row{"Relu", &Reader::relu},
            Row{"Clip", &Reader::clip},
            Row{"Min", &Reader::minimum},
            Row{"Max", &Reader::maximum},
            Row{"HardSigmoid", &Reader::hard_sigmoid},
            Row{"HardSwish", &Reader::hard_swish},
            Row{"Add", &Reader::addition},
            Row{"Sub", &Reader::subtraction},
            Row{"Mul", &Reader::multiplication},
            Row{"Div", &Reader::division},
            Row{"GlobalAveragePool", &Reader::global_pool},
            Row{"ReduceMean", &Reader::reduce_mean},
            Row{"AveragePool", &Reader::average_pool},
            Row{"Pad", &Reader::pad},
            Row{"Softmax", &Reader::softmax},
            Row{"LogSoftmax", &Reader::softmax},
            Row{"Transpose", &Reader::transpose},
            Row{"Identity", &Reader::same},
            Row{"Dropout", &Reader::same},
            Row{"Cast", &Reader::same},
            Row{"Flatten", &Reader::same},
            Row{"Reshape", &Reader::same},
            Row{"Squeeze", &Reader::same},
            Row{"Unsqueeze", &Reader::same},
            Row{"QuantizeLinear", &Reader::same},
            Row{"DequantizeLinear", &Reader::dequantize},
        };
        if (node.op_type() == "Constant") return constant_node(node);
        // Of the images' shape, or of constants: nothing that has to be computed here.
        const bool reads_data =
            std::ranges::any_of(node.input(), [&](const std::string& name) { return is_data(name); });
        if (node.op_type() == "Shape" && reads_data) return shape(node);
        if (!reads_data && !is_constant_form(node)) return fold(node);
        const auto row = std::ranges::find(rows, std::string_view(node.op_type()), &Row::type);
        if (row == rows.end() || node.output_size() == 0) throw unfit(node, "no layer is like it");
        (this->*row->add)(node);
    }

    /// Makes the shape of a value a constant where it is known: exporters compute padding from it.
    void shape(const NodeProto& node) {
        const auto known = sizes_.find(data(node, 0));
        if (known == sizes_.end() || node.output_size() == 0) return;
        OnnxConstant& made = constants_[node.output(0)];
        made = {{4}, {}, true};
        for (const int64_t size : known->second)
            made.values.push_back(static_cast<float>(size));
    }

    /// Follows the sizes of a value, N, C, H, W with one image, through the operator that makes it.
    void follow(const FileNode& node) {
        const auto known = sizes_.find(node.inputs[0]);
        if (known == sizes_.end()) return;
        Sizes sizes = known->second;
        // Of an image and an element a channel, the image's.
        if (const auto other = sizes_.find(node.inputs.back()); other != sizes_.end())
            std::ranges::transform(sizes, other->second, sizes.begin(),
                                   [](int64_t a, int64_t b) { return std::max(a, b); });
        const FilePads& pads = node.pads;
        int64_t &height = sizes[2], &width = sizes[3];
        if (node.op == FileOp::pad) {
            height += pads.top + pads.bottom;
            width += pads.left + pads.right;
        } else if (node.op == FileOp::convolution) {
            if (node.shape.size() != 4) return;
            const auto out = [&](int64_t in, int64_t both, int64_t kernel) {
                return pads.same ? (in + node.stride - 1) / node.stride
                                 : (in + both - kernel) / node.stride + 1;
            };
            sizes[1] = node.shape[0];
            height = out(height, pads.top + pads.bottom, node.shape[2]);
            width = out(width, pads.left + pads.right, node.shape[3]);
            if (height < 1 || width < 1) return;
        } else if (node.op == FileOp::pool) {
            height = width = 1;
        }
        sizes_[node.output] = sizes;
    }

    /// Returns whether an operator makes a constant of another.
    bool is_constant_form(const NodeProto& node) {
        static constexpr std::array forms{"Identity", "DequantizeLinear"};
        return node.input_size() > 0 && std::ranges::find(forms, node.op_type()) != forms.end() &&
               constant(node.input(0)) != nullptr;
    }

    void fold(const NodeProto& node) {
        std::vector<const OnnxConstant*> inputs;
        for (const std::string& name : node.input()) {
            const auto known = initializers_.find(name);
            constexpr size_t longest = 4096;  // bytes; what is large is a weight
            if (known != initializers_.end() && known->second->ByteSizeLong() > longest) return;
            inputs.push_back(is_data(name) ? nullptr : constant(name));
        }
        if (node.output_size() == 0) return;
        if (auto made = fold_constants(node, inputs)) constants_[node.output(0)] = *std::move(made);
    }

    void constant_node(const NodeProto& node) {
        if (node.output_size() == 0) return;
        OnnxConstant made;
        if (const AttributeProto* tensor = attribute(node, "value")) {
            made = tensors_.read(tensor->t());
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
        constants_[node.output(0)] = std::move(made);
    }

    FileValue data(const NodeProto& node, int input) {
        if (input >= node.input_size() || !is_data(node.input(input)))
            throw unfit(node, fmt::format("its input {} does not come from the images", input));
        return values_.at(node.input(input));
    }

    FileNode& append(const NodeProto& node, FileOp op, int input = 0) {
        FileNode made{.op = op, .name = described(node), .inputs = {data(node, input)}};
        made.output = value(node.output(0));
        return net_.nodes.emplace_back(std::move(made));
    }

    void same(const NodeProto& node) {
        if (const OnnxConstant* known = is_data(node.input(0)) ? nullptr : constant(node.input(0)))
            constants_[node.output(0)] = OnnxConstant(*known);
        else
            values_[node.output(0)] = data(node, 0);
    }

    void transpose(const NodeProto& node) {
        const std::vector<int64_t> order = integers(node, "perm");
        if (order != std::vector<int64_t>{0, 2, 3, 1} && order != std::vector<int64_t>{0, 3, 1, 2})
            throw unfit(node, "it is no change between channels first and channels last");
        same(node);
    }

    void dequantize(const NodeProto& node) {
        if (node.input_size() == 0 || is_data(node.input(0))) return same(node);
        OnnxConstant made = required(node, 0);
        const OnnxConstant& scale = required(node, 1);
        const OnnxConstant* zero = optional(node, 2);
        if (scale.values.empty() || (zero && zero->values.size() != scale.values.size()))
            throw unfit(node, "it has no scale");
        int64_t axis = integer(node, "axis", 1);
        if (axis < 0) axis += static_cast<int64_t>(made.shape.size());
        size_t each = 1, channels = 1;
        if (scale.values.size() > 1) {
            if (axis < 0 || axis >= static_cast<int64_t>(made.shape.size()))
                throw unfit(node, "its axis is none of the tensor's");
            channels = static_cast<size_t>(made.shape[static_cast<size_t>(axis)]);
            for (size_t i = static_cast<size_t>(axis) + 1; i < made.shape.size(); ++i)
                each *= static_cast<size_t>(made.shape[i]);
            if (channels != scale.values.size()) throw unfit(node, "its scales are not one a channel");
        }
        for (size_t i = 0; i < made.values.size(); ++i) {
            const size_t c = channels == 1 ? 0 : i / each % channels;
            made.values[i] = (made.values[i] - (zero ? zero->values[c] : 0)) * scale.values[c];
        }
        constants_[node.output(0)] = std::move(made);
    }

    int64_t square(const NodeProto& node, std::string_view name, int64_t otherwise) {
        const std::vector<int64_t> values = integers(node, name);
        if (values.empty()) return otherwise;
        if (values.size() != 2 || values[0] != values[1])
            throw unfit(node, fmt::format("its {} is not the same both ways", name));
        return values[0];
    }

    void convolution(const NodeProto& node) {
        const OnnxConstant& weight = required(node, 1);
        const OnnxConstant* bias = optional(node, 2);
        if (weight.shape.size() != 4 || weight.values.empty()) throw unfit(node, "it is not of images");
        if (square(node, "dilations", 1) != 1) throw unfit(node, "it is dilated");
        FileNode& made = append(node, FileOp::convolution);
        made.shape = weight.shape;
        made.weight = weight.values;
        made.groups = integer(node, "group", 1);
        made.stride = square(node, "strides", 1);
        if (bias) made.bias = bias->values;
        if (made.stride < 1 || made.stride > largest_pad) throw unfit(node, "no image is left of its stride");
        if (made.groups != 1 && (made.groups != weight.shape[0] || weight.shape[1] != 1))
            throw unfit(node, fmt::format("it has {} groups", made.groups));
        if (bias && static_cast<int64_t>(made.bias.size()) != weight.shape[0])
            throw unfit(node, "its bias is not one a channel");
        const AttributeProto* automatic = attribute(node, "auto_pad");
        if (automatic && automatic->s() == "SAME_UPPER")
            made.pads.same = true;
        else if (automatic && !automatic->s().empty() && automatic->s() != "NOTSET" &&
                 automatic->s() != "VALID")
            throw unfit(node, fmt::format("it pads as {}", automatic->s()));
        else
            made.pads = pads_of(node, integers(node, "pads"));
    }

    FilePads pads_of(const NodeProto& node, const std::vector<int64_t>& pads) const {
        if (pads.empty()) return {};
        if (pads.size() != 4 || std::ranges::any_of(pads, [](int64_t p) { return p < 0 || p > largest_pad; }))
            throw unfit(node, "it pads no image");
        return {.top = pads[0], .left = pads[1], .bottom = pads[2], .right = pads[3]};
    }

    void pad(const NodeProto& node) {
        const AttributeProto* mode = attribute(node, "mode");
        if (mode && mode->s() != "constant") throw unfit(node, fmt::format("it pads with {}", mode->s()));
        const OnnxConstant* fill = optional(node, 2);
        if (number(node, "value", 0) != 0 || (fill && (fill->values.empty() || fill->values[0] != 0)))
            throw unfit(node, "it does not pad with zeros");
        const OnnxConstant* input = optional(node, 1);
        const std::vector<int64_t> all = input ? input->integers() : integers(node, "pads");
        if (all.size() != 8) throw unfit(node, "it pads no image");
        // N, C, H, W or N, H, W, C, first before and then behind.
        const bool channels_last = all[3] == 0 && all[7] == 0 && (all[1] != 0 || all[5] != 0);
        const size_t h = channels_last ? 1 : 2, w = h + 1, other = channels_last ? 3 : 1;
        if (all[0] != 0 || all[4] != 0 || all[other] != 0 || all[other + 4] != 0)
            throw unfit(node, "it pads more than the image's sides");
        append(node, FileOp::pad).pads = pads_of(node, {all[h], all[w], all[h + 4], all[w + 4]});
    }

    void connected(const NodeProto& node, const OnnxConstant& weight, bool transposed,
                   const OnnxConstant* bias) {
        if (weight.shape.size() != 2 || weight.values.empty()) throw unfit(node, "its weights are no matrix");
        FileNode& made = append(node, FileOp::convolution);
        const int64_t rows = weight.shape[0], columns = weight.shape[1];
        made.shape = transposed ? std::vector{rows, columns} : std::vector{columns, rows};
        made.weight = weight.values;
        if (!transposed)
            for (int64_t k = 0; k < rows; ++k)
                for (int64_t n = 0; n < columns; ++n)
                    made.weight[static_cast<size_t>(n * rows + k)] =
                        weight.values[static_cast<size_t>(k * columns + n)];
        if (!bias) return;
        made.bias = bias->values;
        if (made.bias.size() == 1) made.bias.resize(static_cast<size_t>(made.shape[0]), made.bias[0]);
        if (static_cast<int64_t>(made.bias.size()) != made.shape[0])
            throw unfit(node, "its bias is not one an output");
    }

    void gemm(const NodeProto& node) {
        if (integer(node, "transA", 0) != 0 || number(node, "alpha", 1) != 1 || number(node, "beta", 1) != 1)
            throw unfit(node, "it is more than a fully connected layer");
        connected(node, required(node, 1), integer(node, "transB", 0) != 0, optional(node, 2));
    }

    void matmul(const NodeProto& node) { connected(node, required(node, 1), false, nullptr); }

    void batch_norm(const NodeProto& node) {
        FileNode& made = append(node, FileOp::batch_norm);
        made.scale = required(node, 1).values;
        made.bias = required(node, 2).values;
        made.mean = required(node, 3).values;
        made.variance = required(node, 4).values;
        made.epsilon = std::stod(fmt::format("{}", number(node, "epsilon", 1e-5f)));  // as it was written
        for (const auto* other : {&made.bias, &made.mean, &made.variance})
            if (other->size() != made.scale.size()) throw unfit(node, "its parameters are not one a channel");
    }

    void limit(const NodeProto& node, int input, float low, float high) {
        FileNode& made = append(node, FileOp::clip, input);
        made.low = low;
        made.high = high;
    }

    static constexpr float infinity = std::numeric_limits<float>::infinity();

    void relu(const NodeProto& node) { limit(node, 0, 0, infinity); }

    float scalar(const NodeProto& node, int input) {
        const OnnxConstant& found = required(node, input);
        if (found.values.size() != 1) throw unfit(node, "its limits are several");
        return found.values[0];
    }

    void clip(const NodeProto& node) {
        const auto bound = [&](int input, const char* name, float otherwise) {
            return optional(node, input) ? scalar(node, input) : number(node, name, otherwise);
        };
        limit(node, 0, bound(1, "min", -infinity), bound(2, "max", infinity));
    }

    void minimum(const NodeProto& node) { extreme(node, false); }
    void maximum(const NodeProto& node) { extreme(node, true); }
    void extreme(const NodeProto& node, bool maximum) {
        if (node.input_size() != 2) throw unfit(node, "it is of more than one value");
        const int input = is_data(node.input(0)) ? 0 : 1;
        const float bound = scalar(node, 1 - input);
        limit(node, input, maximum ? bound : -infinity, maximum ? infinity : bound);
    }

    void hard_sigmoid(const NodeProto& node) {
        FileNode& line = append(node, FileOp::affine);
        line.a = {number(node, "alpha", 0.2f)};
        line.b = {number(node, "beta", 0.5f)};
        const FileValue end = line.output, middle = net_.values++;
        line.output = middle;
        net_.nodes.push_back(
            {.op = FileOp::clip, .name = described(node), .inputs = {middle}, .output = end});
        net_.nodes.back().low = 0;
        net_.nodes.back().high = 1;
    }

    void hard_swish(const NodeProto& node) { append(node, FileOp::activation).f = Activation::hard_swish; }

    /// Returns a constant's elements where they are one a channel at most.
    std::vector<float> per_channel(const NodeProto& node, int input) {
        const OnnxConstant& found = required(node, input);
        if (found.values.empty() ||
            std::ranges::count_if(found.shape, [](int64_t size) { return size != 1; }) > 1)
            throw unfit(node, "its constant is not one a channel");
        return found.values;
    }

    /// Appends a operation of two values, or of one and a constant: `line` makes a and b of the latter.
    template <typename Line>
    void binary(const NodeProto& node, FileOp op, Line line) {
        if (node.input_size() != 2) throw unfit(node, "it is not of two values");
        const bool first = is_data(node.input(0)), second = is_data(node.input(1));
        if (first && second) {
            if (op == FileOp::affine) throw unfit(node, "it is of two values");
            const FileValue other = data(node, 1);
            append(node, op).inputs.push_back(other);
            return;
        }
        const int input = first ? 0 : 1;
        std::vector<float> constant = per_channel(node, 1 - input);
        FileNode& made = append(node, FileOp::affine, input);
        std::tie(made.a, made.b) = line(std::move(constant), input == 0);
    }

    using Line = std::pair<std::vector<float>, std::vector<float>>;

    void addition(const NodeProto& node) {
        binary(node, FileOp::add, [](std::vector<float> c, bool) { return Line({1}, std::move(c)); });
    }
    void multiplication(const NodeProto& node) {
        binary(node, FileOp::multiply, [](std::vector<float> c, bool) { return Line(std::move(c), {0}); });
    }
    void subtraction(const NodeProto& node) {
        binary(node, FileOp::affine, [](std::vector<float> c, bool from_data) {
            if (!from_data) return Line({-1}, std::move(c));
            for (float& value : c)
                value = -value;
            return Line({1}, std::move(c));
        });
    }
    void division(const NodeProto& node) {
        binary(node, FileOp::affine, [&](std::vector<float> c, bool of_data) {
            if (!of_data) throw unfit(node, "it divides by a value");
            for (float& value : c)
                value = 1 / value;
            return Line(std::move(c), {0});
        });
    }

    void global_pool(const NodeProto& node) { append(node, FileOp::pool); }

    void reduce_mean(const NodeProto& node) {
        const OnnxConstant* input = optional(node, 1);
        std::vector<int64_t> axes = input ? input->integers() : integers(node, "axes");
        std::ranges::sort(axes);
        if (axes != std::vector<int64_t>{2, 3} && axes != std::vector<int64_t>{-2, -1} &&
            axes != std::vector<int64_t>{1, 2} && axes != std::vector<int64_t>{-3, -2})
            throw unfit(node, "it is no mean over an image");
        append(node, FileOp::pool);
    }

    void average_pool(const NodeProto& node) {
        const std::vector<int64_t> kernel = integers(node, "kernel_shape");
        if (kernel.size() != 2 || pads_of(node, integers(node, "pads")).any())
            throw unfit(node, "it is no mean over an image");
        append(node, FileOp::pool).shape = kernel;
    }

    void softmax(const NodeProto& node) { append(node, FileOp::softmax); }

    std::string file_;
    OnnxTensors tensors_;
    onnx::ModelProto model_;
    NetworkFile net_;
    std::map<std::string, FileValue> values_;
    std::map<std::string, const onnx::TensorProto*> initializers_;
    std::map<std::string, OnnxConstant> constants_;
    using Sizes = std::array<int64_t, 4>;
    std::map<FileValue, Sizes> sizes_;  ///< of values whose sizes are known
    size_t followed_ = 0;
};

}  // namespace

NetworkFile read_onnx(std::span<const std::byte> bytes, std::string_view file) {
    return Reader(bytes, file).read();
}

WeightsContent open_onnx(std::span<const std::byte> bytes, std::string_view file) {
    return recognise_network(read_onnx(bytes, file), std::string(file));
}

}  // namespace vkm::graph
