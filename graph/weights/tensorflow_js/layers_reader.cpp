#include <base/atomic_file.h>
#include <graph/weights/network_file/recognise.h>
#include <graph/weights/tensorflow_js/keras_json.h>
#include <graph/weights/tensorflow_js/layers_reader.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <map>

namespace vkm::graph {
namespace {

using nlohmann::json;

constexpr int deepest = 16;  // models within models

class LayersReader {
  public:
    LayersReader(const json& model, const FileBeside& beside, std::string_view file) : file_(file) {
        const json* topology = member(model, "modelTopology");
        const json* manifest = member(model, "weightsManifest");
        if (topology && member(*topology, "model_config")) topology = member(*topology, "model_config");
        if (!topology || !manifest || text_of(*topology, "class_name").empty())
            throw WeightsError(
                "{}: no layers model of TensorFlow.js; a graph model is not read, convert the model that it was "
                "made from to TensorFlow Lite or ONNX",
                file_);
        arrays_ = read_manifest(*manifest, beside, file_);
        topology_ = topology;
    }

    NetworkFile read() {
        net_.habits = FileHabits::tensorflow;
        net_.input = net_.values++;
        net_.output = layer(*topology_, {net_.input}, 0);
        return std::move(net_);
    }

  private:
    static const json& config(const json& layer) {
        static const json none;
        const json* found = member(layer, "config");
        return found ? *found : none;
    }

    static std::string described(const json& layer) {
        return fmt::format("{} '{}'", text_of(layer, "class_name", "layer"), text_of(config(layer), "name"));
    }

    WeightsError unfit(const json& layer, const std::string& why) const {
        return WeightsError("{}: operator {} is none of the networks that are known here: {}", file_,
                            described(layer), why);
    }

    // Arrays are named after layers: "block_1_expand/kernel", also behind the names of models.
    const LayersArray* array(const json& layer, std::string_view what) const {
        const std::string name = fmt::format("{}/{}", text_of(config(layer), "name"), what);
        if (const auto found = arrays_.find(name); found != arrays_.end()) return &found->second;
        for (const auto& [key, array] : arrays_)
            if (key.ends_with(name) && key[key.size() - name.size() - 1] == '/') return &array;
        return nullptr;
    }

    const LayersArray& required(const json& layer, std::string_view what, size_t rank) const {
        const LayersArray* found = array(layer, what);
        if (!found || found->values.empty() || found->shape.size() != rank)
            throw unfit(layer, fmt::format("it has no {} of {} dimensions", what, rank));
        return *found;
    }

    // Layers.

    using Inputs = std::vector<FileValue>;
    using Add = FileValue (LayersReader::*)(const json&, const Inputs&);
    struct Row {
        std::string_view type;
        Add add;
    };

    FileValue layer(const json& layer, const Inputs& inputs, int depth) {
        static constexpr std::array rows{
            Row{"InputLayer", &LayersReader::input},
            Row{"ZeroPadding2D", &LayersReader::pad},
            Row{"Conv2D", &LayersReader::convolution},
            Row{"DepthwiseConv2D", &LayersReader::depthwise},
            Row{"BatchNormalization", &LayersReader::batch_norm},
            Row{"ReLU", &LayersReader::relu},
            Row{"Activation", &LayersReader::activation},
            Row{"Softmax", &LayersReader::softmax},
            Row{"Dense", &LayersReader::dense},
            Row{"GlobalAveragePooling2D", &LayersReader::pool},
            Row{"Add", &LayersReader::add},
            Row{"Multiply", &LayersReader::multiply},
            Row{"Rescaling", &LayersReader::rescale},
            Row{"Dropout", &LayersReader::same},
            Row{"SpatialDropout2D", &LayersReader::same},
            Row{"Flatten", &LayersReader::same},
            Row{"Reshape", &LayersReader::same},
        };
        const std::string type = text_of(layer, "class_name");
        if (depth > deepest) throw unfit(layer, "models lie within each other too deep");
        if (inputs.empty()) throw unfit(layer, "it reads nothing");
        if (type == "Sequential") return sequence(layer, inputs, depth);
        if (type == "Model" || type == "Functional") return functional(layer, inputs, depth);
        const auto row = std::ranges::find(rows, std::string_view(type), &Row::type);
        if (row == rows.end()) throw unfit(layer, "no layer is like it");
        return (this->*row->add)(layer, inputs);
    }

    const json& layers_of(const json& model) const {
        const json& inner = config(model);
        const json* layers = inner.is_array() ? &inner : member(inner, "layers");
        if (!layers || !layers->is_array()) throw unfit(model, "it has no layers");
        return *layers;
    }

    FileValue sequence(const json& model, const Inputs& inputs, int depth) {
        FileValue x = inputs.front();
        for (const json& one : layers_of(model))
            x = layer(one, {x}, depth + 1);
        return x;
    }

    FileValue functional(const json& model, const Inputs& inputs, int depth) {
        std::map<std::string, FileValue> values;
        for (const json& one : layers_of(model)) {
            const std::string name = text_of(one, "name", text_of(config(one), "name"));
            Inputs read;
            for (const std::string& from : inbound_layers(one)) {
                const auto found = values.find(from);
                if (found == values.end())
                    throw unfit(one, fmt::format("it reads '{}', which is not before it", from));
                read.push_back(found->second);
            }
            if (text_of(one, "class_name") == "InputLayer") read = {inputs.front()};
            values[name] = layer(one, read, depth + 1);
        }
        const json* outputs = member(config(model), "output_layers");
        const std::vector<std::string> names = outputs ? named_layers(*outputs) : std::vector<std::string>{};
        if (names.empty() || !values.contains(names.front())) throw unfit(model, "it has no output");
        return values.at(names.front());
    }

    FileNode& append(const json& layer, FileOp op, const Inputs& inputs) {
        constexpr size_t most = 4096;
        if (net_.nodes.size() == most) throw unfit(layer, "no network has so many layers");
        FileNode made{.op = op, .name = described(layer), .inputs = inputs};
        made.output = net_.values++;
        return net_.nodes.emplace_back(std::move(made));
    }

    FileValue same(const json&, const Inputs& inputs) { return inputs.front(); }

    FileValue input(const json& layer, const Inputs& inputs) {
        take_size(layer);
        return inputs.front();
    }

    /// Takes the images' size where a layer says it.
    void take_size(const json& layer) {
        const json& inner = config(layer);
        const json* shape = member(inner, "batch_input_shape");
        if (!shape) shape = member(inner, "batch_shape");
        if (!shape || !shape->is_array() || shape->size() != 4) return;
        const json &height = (*shape)[1], &width = (*shape)[2];
        if (height != width) throw unfit(layer, "its images are not square");
        if (height.is_number_integer() && net_.input_size == 0) net_.input_size = height.get<int64_t>();
    }

    FileValue pad(const json& layer, const Inputs& inputs) {
        const json* padding = member(config(layer), "padding");
        std::array<std::vector<int64_t>, 2> sides;
        for (size_t i = 0; i < 2 && padding && padding->is_array() && padding->size() == 2; ++i) {
            const json pair = {{"side", (*padding)[i]}};
            sides[i] = integers_of(pair, "side");
        }
        for (const auto& side : sides)
            if (side.size() != 2 ||
                std::ranges::any_of(side, [](int64_t p) { return p < 0 || p > largest_step; }))
                throw unfit(layer, "it pads no image");
        FileNode& made = append(layer, FileOp::pad, inputs);
        made.pads = {.top = sides[0][0], .left = sides[1][0], .bottom = sides[0][1], .right = sides[1][1]};
        return made.output;
    }

    void take_window(const json& layer, FileNode& node) const {
        const json& inner = config(layer);
        const std::vector<int64_t> strides = integers_of(inner, "strides"),
                                   dilation = integers_of(inner, "dilation_rate");
        if (strides.size() != 2 || strides[0] != strides[1] || strides[0] < 1 || strides[0] > largest_step)
            throw unfit(layer, "its stride is not the same both ways");
        if (std::ranges::any_of(dilation, [](int64_t d) { return d != 1; }))
            throw unfit(layer, "it is dilated");
        if (text_of(inner, "data_format", "channels_last") != "channels_last")
            throw unfit(layer, "its images have their channels first");
        node.stride = strides[0];
        node.pads.same = text_of(inner, "padding") == "same";
    }

    void take_bias(const json& layer, FileNode& node) const {
        if (!flag_of(config(layer), "use_bias", true)) return;
        node.bias = required(layer, "bias", 1).values;
        if (static_cast<int64_t>(node.bias.size()) != node.shape[0])
            throw unfit(layer, "its bias is not one a channel");
    }

    FileValue convolution(const json& layer, const Inputs& inputs) {
        take_size(layer);
        if (number_of(config(layer), "groups", 1) != 1) throw unfit(layer, "it has groups");
        const LayersArray& kernel = required(layer, "kernel", 4);  // [H, W, C, N]
        const int64_t h = kernel.shape[0], w = kernel.shape[1], c = kernel.shape[2], n = kernel.shape[3];
        FileNode& made = append(layer, FileOp::convolution, inputs);
        made.shape = {n, c, h, w};
        made.weight = reversed(kernel.values, h * w, c, n);
        take_window(layer, made);
        take_bias(layer, made);
        return activated(layer, text_of(config(layer), "activation", "linear"), made.output);
    }

    FileValue depthwise(const json& layer, const Inputs& inputs) {
        const LayersArray& kernel = required(layer, "depthwise_kernel", 4);  // [H, W, C, 1]
        const int64_t h = kernel.shape[0], w = kernel.shape[1], c = kernel.shape[2];
        if (kernel.shape[3] != 1) throw unfit(layer, "it makes several channels of one");
        FileNode& made = append(layer, FileOp::convolution, inputs);
        made.shape = {c, 1, h, w};
        made.weight = reversed(kernel.values, h * w, 1, c);
        made.groups = c;
        take_window(layer, made);
        take_bias(layer, made);
        return activated(layer, text_of(config(layer), "activation", "linear"), made.output);
    }

    FileValue dense(const json& layer, const Inputs& inputs) {
        const LayersArray& kernel = required(layer, "kernel", 2);  // [K, N]
        FileNode& made = append(layer, FileOp::convolution, inputs);
        made.shape = {kernel.shape[1], kernel.shape[0]};
        made.weight = reversed(kernel.values, 1, kernel.shape[0], kernel.shape[1]);
        take_bias(layer, made);
        return activated(layer, text_of(config(layer), "activation", "linear"), made.output);
    }

    /// Returns [P, C, N] as [N, C, P].
    static std::vector<float> reversed(const std::vector<float>& from, int64_t p, int64_t c, int64_t n) {
        std::vector<float> to(from.size());
        size_t i = 0;
        for (int64_t place = 0; place < p; ++place)
            for (int64_t channel = 0; channel < c; ++channel)
                for (int64_t out = 0; out < n; ++out)
                    to[static_cast<size_t>((out * c + channel) * p + place)] = from[i++];
        return to;
    }

    FileValue batch_norm(const json& layer, const Inputs& inputs) {
        const json& inner = config(layer);
        FileNode& made = append(layer, FileOp::batch_norm, inputs);
        made.mean = required(layer, "moving_mean", 1).values;
        made.variance = required(layer, "moving_variance", 1).values;
        made.scale.assign(made.mean.size(), 1);
        made.bias.assign(made.mean.size(), 0);
        if (flag_of(inner, "scale", true)) made.scale = required(layer, "gamma", 1).values;
        if (flag_of(inner, "center", true)) made.bias = required(layer, "beta", 1).values;
        made.epsilon = number_of(inner, "epsilon", 1e-3);
        for (const auto* other : {&made.scale, &made.bias, &made.variance})
            if (other->size() != made.mean.size()) throw unfit(layer, "its parameters are not one a channel");
        return made.output;
    }

    FileValue limit(const json& layer, FileValue x, float low, float high) {
        FileNode& made = append(layer, FileOp::clip, {x});
        made.low = low;
        made.high = high;
        return made.output;
    }

    FileValue relu(const json& layer, const Inputs& inputs) {
        const json& inner = config(layer);
        if (number_of(inner, "negative_slope", 0) != 0 || number_of(inner, "threshold", 0) != 0)
            throw unfit(layer, "it is not flat below 0");
        const json* most = member(inner, "max_value");
        return limit(layer, inputs.front(), 0,
                     most && most->is_number() ? most->get<float>() : std::numeric_limits<float>::infinity());
    }

    FileValue activation(const json& layer, const Inputs& inputs) {
        return activated(layer, text_of(config(layer), "activation"), inputs.front());
    }

    FileValue activated(const json& layer, const std::string& f, FileValue x) {
        if (f == "linear") return x;
        if (f == "relu") return limit(layer, x, 0, std::numeric_limits<float>::infinity());
        if (f == "relu6") return limit(layer, x, 0, 6);
        if (f == "softmax") return append(layer, FileOp::softmax, {x}).output;
        if (f == "sigmoid") return append(layer, FileOp::sigmoid, {x}).output;
        if (f != "hard_swish" && f != "hard_silu")
            throw unfit(layer, fmt::format("no layer has activation '{}'", f));
        FileNode& made = append(layer, FileOp::activation, {x});
        made.f = Activation::hard_swish;
        return made.output;
    }

    FileValue softmax(const json& layer, const Inputs& inputs) {
        return append(layer, FileOp::softmax, {inputs.front()}).output;
    }

    FileValue pool(const json& layer, const Inputs& inputs) {
        return append(layer, FileOp::pool, {inputs.front()}).output;
    }

    FileValue both(const json& layer, FileOp op, const Inputs& inputs) {
        if (inputs.size() != 2) throw unfit(layer, "it is not of two values");
        return append(layer, op, inputs).output;
    }
    FileValue add(const json& layer, const Inputs& inputs) { return both(layer, FileOp::add, inputs); }
    FileValue multiply(const json& layer, const Inputs& inputs) {
        return both(layer, FileOp::multiply, inputs);
    }

    FileValue rescale(const json& layer, const Inputs& inputs) {
        FileNode& made = append(layer, FileOp::affine, {inputs.front()});
        made.a = {static_cast<float>(number_of(config(layer), "scale", 1))};
        made.b = {static_cast<float>(number_of(config(layer), "offset", 0))};
        return made.output;
    }

    std::string file_;
    const json* topology_ = nullptr;
    std::map<std::string, LayersArray> arrays_;
    NetworkFile net_;
};

json parsed(std::span<const std::byte> bytes) {
    const char* begin = reinterpret_cast<const char*>(bytes.data());
    return json::parse(begin, begin + bytes.size(), nullptr, false);
}

/// Takes what Teachable Machine says in the file beside a model: the names of the classes, and by its own
/// name how it prepares images: the middle square, scaled to -1..1.
void take_metadata(NetworkFile& network, const json& metadata) {
    if (const json* labels = member(metadata, "labels");
        labels && labels->is_array() &&
        std::ranges::all_of(*labels, [](const json& label) { return label.is_string(); }))
        network.class_names = labels->get<std::vector<std::string>>();
    if (text_of(metadata, "packageName").find("teachablemachine") == std::string::npos) return;
    if (!network.mean) network.mean = network.std = std::array{0.5, 0.5, 0.5};
    network.crop_pct = 1;
}

}  // namespace

bool looks_like_layers_model(std::span<const std::byte> bytes) {
    const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
    const size_t begin = text.find_first_not_of(" \t\r\n");
    return begin != text.npos && text[begin] == '{' && text.find("\"weightsManifest\"") != text.npos &&
           text.find("\"modelTopology\"") != text.npos;
}

NetworkFile read_layers_model(std::span<const std::byte> bytes, const FileBeside& beside,
                              std::string_view file) {
    const json model = parsed(bytes);
    if (!model.is_object()) throw WeightsError("{}: no JSON, or a damaged one; copy it again", file);
    return LayersReader(model, beside, file).read();
}

WeightsContent open_layers_model(std::span<const std::byte> bytes, std::string_view file) {
    const std::filesystem::path folder = std::filesystem::path(file).parent_path();
    const auto beside = [&](const std::string& name) {
        const std::filesystem::path path(name);
        std::error_code none;
        if (name.empty() || path.has_parent_path() || name == ".." ||
            !std::filesystem::is_regular_file(folder / path, none))
            throw WeightsError("{}: its weights lie in the file '{}', which has to be beside it", file, name);
        return read_file(folder / path);
    };
    NetworkFile network = read_layers_model(bytes, beside, file);
    if (std::error_code none; std::filesystem::is_regular_file(folder / "metadata.json", none))
        take_metadata(network, parsed(read_file(folder / "metadata.json")));
    return recognise_network(std::move(network), std::string(file));
}

}  // namespace vkm::graph
