#include <base/atomic_file.h>
#include <base/half.h>
#include <base/version.h>
#include <graph/models/network.h>
#include <graph/ops/activation.h>
#include <graph/ops/add.h>
#include <graph/ops/batch_norm.h>
#include <graph/ops/channel_scale.h>
#include <graph/ops/convolution.h>
#include <graph/ops/depthwise.h>
#include <graph/ops/global_average_pool.h>
#include <graph/ops/subsample.h>
#include <graph/passes/convolution_node.h>
#include <graph/weights/onnx/onnx_writer.h>
#include <graph/weights/parameters.h>

#include <onnx/onnx.pb.h>

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>
#include <map>
#include <set>
#include <unordered_map>

namespace vkm::graph {
namespace {

constexpr int64_t opset = 13, ir_version = 7;  // of ONNX 1.8, the first to have both

class Exporter {
  public:
    Exporter(const StateDict& state, const ModelConfig& config, const std::string& file)
        : config_(config), state_(state), file_(file) {
        for (const NamedTensor& tensor : state.tensors) {
            tensors_.emplace(tensor.name, &tensor);
            if (tensor.dtype == WeightType::f16) half_ = true;
        }
        images_ = network_.input("images", f32({1, config.input_size, config.input_size, 3}));
        logits_ = build_network(network_, config, images_, Mode::evaluation);
        match_weights(network_, state);
    }

    onnx::ModelProto model() {
        onnx::ModelProto model;
        model.set_ir_version(ir_version);
        model.set_producer_name("vkmbv3");
        model.set_producer_version(std::string(version()));
        model.add_opset_import()->set_version(opset);
        for (const auto& [key, value] : state_.metadata) {
            onnx::StringStringEntryProto& entry = *model.add_metadata_props();
            entry.set_key(key);
            entry.set_value(value);
        }
        graph_ = model.mutable_graph();
        graph_->set_name(std::string(model_name(config_.model)));
        describe(*graph_->add_input(), "images", {3, config_.input_size, config_.input_size});
        describe(*graph_->add_output(), "logits", {config_.num_classes});
        find_folded();
        names_[images_] = half_ ? cast("images", onnx::TensorProto::FLOAT16) : "images";
        for (const Node& node : network_.nodes())
            add(node);
        finish();
        return model;
    }

  private:
    static void describe(onnx::ValueInfoProto& value, const std::string& name,
                         const std::vector<int64_t>& sizes) {
        value.set_name(name);
        onnx::TypeProto::Tensor& type = *value.mutable_type()->mutable_tensor_type();
        type.set_elem_type(onnx::TensorProto::FLOAT);
        type.mutable_shape()->add_dim()->set_dim_param("batch");
        for (const int64_t size : sizes)
            type.mutable_shape()->add_dim()->set_dim_value(size);
    }

    const NamedTensor& tensor(ValueId id) const { return *tensors_.at(network_.value(id).info->name); }

    /// Finds the batch norms that only add, behind convolutions: by the convolution's output, what they add.
    void find_folded() {
        for (const Node& node : network_.nodes()) {
            const auto* norm = as<ops::BatchNormInference>(node);
            const NodeId before = norm ? network_.value(node.inputs[0]).producer : -1;
            if (before < 0) continue;
            const ConvolutionNode convolution = as_convolution(network_.nodes()[static_cast<size_t>(before)]);
            if (!convolution) continue;
            const auto all = [&](ValueId id, double value) {
                for (const float v : to_floats(tensor(id)))
                    if (std::abs(v - value) > (half_ ? 1e-3 : 1e-6)) return false;
                return true;
            };
            const auto zero = [&](float v) { return v == 0; };
            const bool adds = convolution.bias != no_value &&
                              !std::ranges::all_of(to_floats(tensor(convolution.bias)), zero);
            if (!adds && all(node.inputs[1], 1) && all(node.inputs[3], 0) &&
                all(node.inputs[4], 1 - norm->epsilon))
                folded_.emplace(node.inputs[0], node.inputs[2]);
        }
    }

    // Outputs are named after layers; a layer of several operators numbers them.
    std::string unique(const std::string& layer) {
        std::string name = layer;
        for (int i = 1; !used_.insert(name).second; ++i)
            name = fmt::format("{}.{}", layer, i);
        return name;
    }

    onnx::NodeProto& node(const char* type, const std::string& layer, std::vector<std::string> inputs) {
        onnx::NodeProto& node = *graph_->add_node();
        node.set_op_type(type);
        node.add_output(unique(layer));
        node.set_name(fmt::format("{}/{}", node.output(0), type));
        for (std::string& input : inputs)
            node.add_input(std::move(input));
        return node;
    }

    static onnx::AttributeProto& attribute(onnx::NodeProto& node, const char* name,
                                           onnx::AttributeProto::AttributeType type) {
        onnx::AttributeProto& attribute = *node.add_attribute();
        attribute.set_name(name);
        attribute.set_type(type);
        return attribute;
    }
    static void set(onnx::NodeProto& node, const char* name, const std::vector<int64_t>& values) {
        onnx::AttributeProto& list = attribute(node, name, onnx::AttributeProto::INTS);
        for (const int64_t value : values)
            list.add_ints(value);
    }
    static void set(onnx::NodeProto& node, const char* name, int64_t value) {
        attribute(node, name, onnx::AttributeProto::INT).set_i(value);
    }
    static void set(onnx::NodeProto& node, const char* name, float value) {
        attribute(node, name, onnx::AttributeProto::FLOAT).set_f(value);
    }

    std::string cast(const std::string& input, onnx::TensorProto::DataType to) {
        onnx::NodeProto& cast = node("Cast", input + ".cast", {input});
        set(cast, "to", static_cast<int64_t>(to));
        return cast.output(0);
    }

    std::string initializer(const std::string& name, const std::vector<int64_t>& shape,
                            const std::vector<float>& values) {
        if (!initializers_.insert(name).second) return name;
        onnx::TensorProto& out = *graph_->add_initializer();
        out.set_name(name);
        for (const int64_t size : shape)
            out.add_dims(size);
        out.set_data_type(half_ ? onnx::TensorProto::FLOAT16 : onnx::TensorProto::FLOAT);
        if (half_) {
            std::vector<uint16_t> rounded;
            for (const float value : values)
                rounded.push_back(to_half(value));
            out.set_raw_data(rounded.data(), rounded.size() * sizeof(uint16_t));
        } else {
            out.set_raw_data(values.data(), values.size() * sizeof(float));
        }
        return name;
    }

    std::string weight(ValueId id) {
        const NamedTensor& found = tensor(id);
        return initializer(found.name, found.shape, to_floats(found));
    }

    std::string matrix(ValueId id) {
        const NamedTensor& found = tensor(id);
        return initializer(found.name, {found.shape.at(0), found.shape.at(1)}, to_floats(found));
    }

    std::string activated(Activation f, const std::string& layer, const std::string& x) {
        switch (f) {
            case Activation::none:
                return x;
            case Activation::relu:
                return node("Relu", layer, {x}).output(0);
            // Not Clip, whose limits are inputs since opset 11: OpenCV 4.6 does not read them.
            case Activation::relu6:
                return node("Mul", layer, {ramp(layer + ".ramp", x, 0), initializer("six", {}, {6})})
                    .output(0);
            case Activation::hard_sigmoid:
                return ramp(layer, x, 0.5f);
            case Activation::hard_swish:
                return node("Mul", layer, {x, activated(Activation::hard_sigmoid, layer + ".gate", x)})
                    .output(0);
            case Activation::square:
                return node("Mul", layer, {x, x}).output(0);
        }
        throw WeightsError("{}: the activation of {} cannot be written as ONNX; write a .safetensors file",
                           file_, layer);
    }

    // y = min(max(x / 6 + offset, 0), 1)
    std::string ramp(const std::string& layer, const std::string& x, float offset) {
        onnx::NodeProto& out = node("HardSigmoid", layer, {x});
        set(out, "alpha", 1.f / 6);
        set(out, "beta", offset);
        return out.output(0);
    }

    // OpenCV 4.6 takes every product with a HardSigmoid for a hard swish, unless something is between them.
    std::string scaled(const std::string& layer, const std::string& x, const std::string& scale) {
        return node("Mul", layer, {x, node("Identity", layer + ".scale", {scale}).output(0)}).output(0);
    }

    void add(const Node& n) {
        const std::string& x = names_.at(n.inputs.at(0));
        std::string& y = names_[n.outputs.at(0)];
        if (as_convolution(n)) {
            y = convolution(n, x);
        } else if (const auto* norm = as<ops::BatchNormInference>(n)) {
            y = activated(norm->activation, n.layer + ".f", normalised(n, *norm, x));
            if (flat_.contains(x)) flat_.insert(y);
        } else if (const auto* f = as<ops::ActivationLayer>(n)) {
            y = activated(f->f, n.layer, x);
            if (flat_.contains(x)) flat_.insert(y);
        } else if (const auto* rows = as<ops::Subsample>(n)) {
            y = x;  // the stride of the convolution behind it
            strides_[n.outputs[0]] = rows->stride;
        } else if (n.op->name() == "global_average_pool") {
            y = node("GlobalAveragePool", n.layer, {x}).output(0);
        } else if (n.op->name() == "channel_scale") {
            y = scaled(n.layer, x, names_.at(n.inputs.at(1)));
        } else if (n.op->name() == "add") {
            y = node("Add", n.layer, {x, names_.at(n.inputs.at(1))}).output(0);
        } else {
            throw WeightsError("{}: operator {} of {} cannot be written as ONNX; write a .safetensors file",
                               file_, n.op->name(), n.layer);
        }
    }

    std::string normalised(const Node& n, const ops::BatchNormInference& norm, const std::string& x) {
        if (folded_.contains(n.inputs[0])) return x;
        onnx::NodeProto& out =
            node("BatchNormalization", n.layer,
                 {x, weight(n.inputs[1]), weight(n.inputs[2]), weight(n.inputs[3]), weight(n.inputs[4])});
        set(out, "epsilon", static_cast<float>(norm.epsilon));
        return out.output(0);
    }

    std::string convolution(const Node& n, const std::string& x) {
        const ConvolutionNode parts = as_convolution(n);
        ValueId bias = parts.bias;
        if (const auto found = folded_.find(n.outputs[0]); found != folded_.end()) bias = found->second;
        const ParameterInfo& info = *network_.value(parts.w).info;
        // Behind a fully connected layer there are no images for a convolution of vectors to read: it is one, too.
        const bool connected = info.torch_shape.size() == 2 || flat_.contains(x);
        std::vector<std::string> inputs{x, connected ? matrix(parts.w) : weight(parts.w)};
        if (bias != no_value) inputs.push_back(weight(bias));
        if (connected) {
            inputs[0] = flat(x);
            onnx::NodeProto& gemm = node("Gemm", n.layer, std::move(inputs));
            set(gemm, "transB", int64_t{1});
            flat_.insert(gemm.output(0));
            return gemm.output(0);
        }
        onnx::NodeProto& out = node("Conv", n.layer, std::move(inputs));
        const auto subsampled = strides_.find(parts.x);
        int64_t stride = subsampled == strides_.end() ? 1 : subsampled->second;
        Padding padding = Padding::symmetric;
        if (const auto* dense = as<ops::Convolution>(n)) {
            stride = dense->stride;
            padding = dense->padding;
        } else if (const auto* depthwise = as<ops::Depthwise>(n)) {
            stride = depthwise->stride;
            padding = depthwise->padding;
            set(out, "group", info.torch_shape[0]);
        }
        const Shape& in = network_.type(parts.x).shape;  // of a 1x1 convolution no size matters
        const int64_t kernel = info.torch_shape[2];
        const auto [top, bottom] = pads(slide(in.h, kernel, stride, padding), padding);
        const auto [left, right] = pads(slide(in.w, kernel, stride, padding), padding);
        set(out, "kernel_shape", {kernel, kernel});
        set(out, "strides", {stride, stride});
        set(out, "pads", {top, left, bottom, right});
        return out.output(0);
    }

    static std::pair<int64_t, int64_t> pads(const SlidingAxis& axis, Padding padding) {
        const int64_t reached = (axis.output - 1) * axis.stride + axis.kernel - axis.pad_before;
        return {axis.pad_before,
                padding == Padding::symmetric ? axis.pad_before : std::max<int64_t>(reached - axis.input, 0)};
    }

    std::string flat(const std::string& x) {
        if (flat_.contains(x)) return x;
        onnx::NodeProto& out = node("Flatten", x + ".flat", {x});
        set(out, "axis", int64_t{1});
        flat_.insert(out.output(0));
        return out.output(0);
    }

    // Gives the last operator's output the graph's.
    void finish() {
        std::string& last = names_.at(logits_);
        last = flat(last);
        if (half_) last = cast(last, onnx::TensorProto::FLOAT);
        graph_->mutable_node(graph_->node_size() - 1)->set_output(0, "logits");
    }

    const ModelConfig& config_;
    const StateDict& state_;
    const std::string& file_;
    Graph network_;
    ValueId images_ = no_value, logits_ = no_value;
    bool half_ = false;
    std::unordered_map<std::string_view, const NamedTensor*> tensors_;
    std::map<ValueId, ValueId> folded_;
    std::map<ValueId, int64_t> strides_;
    std::map<ValueId, std::string> names_;
    std::set<std::string> used_{"images", "logits"}, initializers_, flat_;
    onnx::GraphProto* graph_ = nullptr;
};

ModelConfig config_of(const StateDict& state, const std::string& file) {
    const std::optional<ModelConfig> config = config_in_metadata(state.metadata);
    if (!config)
        throw WeightsError(
            "{}: an ONNX model holds the network, and these weights do not say of which they "
            "are; name it with --model",
            file);
    return *config;
}

}  // namespace

void write_onnx(const std::filesystem::path& path, const StateDict& state) {
    static_assert(std::endian::native == std::endian::little);
    const std::string file = path.string();
    const ModelConfig config = config_of(state, file);
    const onnx::ModelProto model = Exporter(state, config, file).model();
    std::string bytes;
    if (model.ByteSizeLong() > std::numeric_limits<int>::max() || !model.SerializeToString(&bytes))
        throw WeightsError("{}: more than 2 GiB; write a .safetensors file", file);
    write_atomically(path, bytes);
}

}  // namespace vkm::graph
