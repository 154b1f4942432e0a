#include <graph/models/architecture.h>
#include <graph/weights/identify.h>
#include <graph/weights/network_file/match.h>
#include <graph/weights/network_file/recognise.h>
#include <graph/weights/own_head.h>
#include <graph/weights/strangers.h>
#include <graph/weights/written_form.h>

#include <algorithm>
#include <memory>

namespace vkm::graph {
namespace {

constexpr size_t most_nodes = 4096;
constexpr int64_t largest_input = 4096;

bool is_weight_of_layer(const ParameterInfo& info) {
    return info.torch_shape.size() >= 2;
}

class NetworkRecogniser {
  public:
    NetworkRecogniser(NetworkFile network, const std::string& file) : net_(std::move(network)), file_(file) {
        if (net_.nodes.size() > most_nodes)
            throw WeightsError("{}: {} operators are more than any network here has", file_,
                               net_.nodes.size());
        simplify(net_, file_);
        for (const FileNode& node : net_.nodes)
            if (node.op == FileOp::convolution) layers_.push_back(&node);
        if (layers_.empty()) throw WeightsError("{}: holds no network with convolutions", file_);
        constexpr int64_t colours = 3;
        if (const FileNode& stem = *layers_.front();
            stem.shape.size() == 4 && stem.groups == 1 && stem.shape[1] != colours)
            throw WeightsError(
                "{}: operator {} takes images of {} channels, and networks here take {}; "
                "train it again with images in colour",
                file_, stem.name, stem.shape[1], colours);
        if (net_.input_size < 0 || net_.input_size > largest_input)
            throw WeightsError("{}: images of {} pixels are more than the {} that networks here take", file_,
                               net_.input_size, largest_input);
    }

    StateDict run() {
        if (const auto said = said_config()) try_options(*said, true);
        for (const ModelConfig& candidate : candidates())
            if (!found_) try_options(candidate, false);
        if (!found_) throw misfit();
        finish();
        return std::move(best_.weights);
    }

  private:
    /// Returns what a file of ours says of its network, where it is still so.
    std::optional<ModelConfig> said_config() const {
        try {
            return config_in_metadata(net_.metadata);
        } catch (const Error&) {
            return {};
        }
    }

    /// Returns the models, at the widths and with the heads, whose layers have the file's shapes.
    std::vector<ModelConfig> candidates() {
        std::vector<std::vector<int64_t>> shapes;
        for (const FileNode* layer : layers_)
            shapes.push_back(layer->shape);
        Recogniser known;
        std::vector<ModelConfig> all = known.identify_layers(shapes);
        for (size_t behind = 1; behind <= 2; ++behind)
            for (const ModelConfig& like : known.identify_layers(shapes, behind))
                all.push_back(with_own_head(like, behind));
        if (all.empty())
            for (const Model& model : models())
                note_prefix(model_config(model_name(model)));
        return all;
    }

    /// Returns a network with the fully connected layers that the file has behind the pool.
    ModelConfig with_own_head(ModelConfig config, size_t behind) const {
        const auto layer = [&](size_t from_behind) {
            const FileNode& node = *layers_[layers_.size() - from_behind];
            Layer made{.out = node.shape[0],
                       .scaling = Scaling::fixed,
                       .bias = !node.bias.empty(),
                       .convolution = node.shape.size() == 4};
            const auto look_behind = [&](FileValue value) {
                const FileNode* norm = nullptr;
                for (const size_t reader : readers_of(net_, value)) {
                    if (net_.nodes[reader].op == FileOp::activation) made.activation = net_.nodes[reader].f;
                    if (net_.nodes[reader].op == FileOp::batch_norm) norm = &net_.nodes[reader];
                }
                return norm;
            };
            if (const FileNode* norm = look_behind(node.output)) {
                made.batch_norm = true;
                made.bn_eps = norm->epsilon;
                look_behind(norm->output);
            }
            return made;
        };
        return graph::with_own_head(std::move(config), behind == 2 ? std::optional(layer(2)) : std::nullopt,
                                    layer(1));
    }

    /// Remembers the model that the file's layers are like for longest, and where they cease to be.
    void note_prefix(const ModelConfig& config) {
        size_t layers = 0;
        for (const ParameterInfo& info : weight_list(config)) {
            if (!is_weight_of_layer(info)) continue;
            if (layers == layers_.size() || !of_kind(*layers_[layers], info))
                return note_prefix(layers, config, info);
            ++layers;
        }
        note_prefix(layers, config, {});
    }

    static bool of_kind(const FileNode& node, const ParameterInfo& info) {
        const auto kernel = [](const std::vector<int64_t>& shape) {
            return shape.size() == 4 ? std::pair(shape[2], shape[3]) : std::pair<int64_t, int64_t>(1, 1);
        };
        return kernel(node.shape) == kernel(info.torch_shape) &&
               (node.groups > 1) == (info.layout == WeightLayout::depthwise);
    }

    void note_prefix(size_t layers, const ModelConfig& config, const std::optional<ParameterInfo>& expected) {
        if (compared_ || (!prefix_.empty() && layers <= prefix_layers_)) return;
        prefix_layers_ = layers;
        const std::string at =
            expected ? fmt::format("{} {}", expected->name, shape_text(expected->torch_shape)) : "nothing";
        prefix_ =
            layers < layers_.size()
                ? fmt::format("operator {} {}: the nearest network, {}, has {} there", layers_[layers]->name,
                              shape_text(layers_[layers]->shape), model_name(config.model), at)
                : fmt::format("its last operator, {}: the nearest network, {}, goes on with {}",
                              layers_.back()->name, model_name(config.model), at);
    }

    /// Compares the file with a model under every combination of the options that change no shapes.
    void try_options(ModelConfig config, bool as_said) {
        if (net_.input_size > 0) config.input_size = net_.input_size;
        const Padding usual = net_.habits == FileHabits::tensorflow ? Padding::same : Padding::symmetric;
        const Padding other = usual == Padding::same ? Padding::symmetric : Padding::same;
        if (const auto epsilon = smallest_epsilon(config); epsilon && *epsilon > 0) config.bn_eps = *epsilon;
        if (as_said && try_one(config)) return;
        config.stem_stride = layers_.front()->stride;
        for (const int64_t stride : {2, 1})
            for (const Padding padding : {usual, other})
                for (const SeOrder order : {SeOrder::after, SeOrder::before}) {
                    config.block1_stride = stride;
                    config.padding = padding;
                    config.se_order = order;
                    if (try_one(config)) return;
                }
    }

    bool try_one(const ModelConfig& config) {
        FileMatch match;
        try {
            match = match_network(net_, with_options({}, to_options(config)));
        } catch (const Error&) {  // the options do not make a network
            return false;
        }
        if (compared_ && match.layers <= best_.layers && !match.misfit.empty()) return false;
        compared_ = true;
        found_ = match.misfit.empty();
        best_ = std::move(match);
        config_ = config;
        return found_;
    }

    /// Returns the smallest epsilon but for those that fully connected layers have as their own.
    std::optional<double> smallest_epsilon(const ModelConfig& config) const {
        const Architecture& net = config.model.architecture();
        std::vector<FileValue> heads;
        if (net.output.bn_eps > 0) heads.push_back(layers_.back()->output);
        if (net.hidden && net.hidden->bn_eps > 0 && layers_.size() > 1)
            heads.push_back(layers_[layers_.size() - 2]->output);
        std::optional<double> smallest;
        for (const FileNode& node : net_.nodes)
            if (node.op == FileOp::batch_norm && std::ranges::find(heads, node.inputs.front()) == heads.end())
                smallest = std::min(smallest.value_or(node.epsilon), node.epsilon);
        return smallest;
    }

    WeightsError misfit() const {
        if (compared_)
            return WeightsError("{}: holds no network that is known here; the nearest is {}, but operator {}",
                                file_, model_name(config_.model), best_.misfit);
        return WeightsError("{}: holds no network that is known here, from {}", file_, prefix_);
    }

    void finish() {
        class_names_ = net_.class_names;
        drop_background();
        take_sigmoid();
        say_preparation();
        StateDict& weights = best_.weights;
        weights.metadata = net_.metadata;
        if (!assumed_.empty()) weights.metadata[assumed_key] = assumed_;
        if (static_cast<int64_t>(class_names_.size()) != config_.num_classes) class_names_.clear();
        weights.metadata.erase(class_names_key);
        describe_model(weights, config_, class_names_);
    }

    /// Leaves out class 0 of ImageNet's as TensorFlow counts them. A file of ours that says its classes has none too many.
    void drop_background() {
        constexpr int64_t with_background = 1001;
        const bool named = !class_names_.empty();
        const std::optional<ModelConfig> said = said_config();
        if (config_.num_classes != with_background || (said && said->num_classes == with_background) ||
            (named && class_names_.front() != "background" && class_names_.front() != "???"))
            return;
        --config_.num_classes;
        for (NamedTensor& tensor : best_.weights.tensors)
            if (is_of_output(tensor)) {
                const size_t row = tensor.data.size() / static_cast<size_t>(with_background);
                tensor.data.erase(tensor.data.begin(), tensor.data.begin() + static_cast<ptrdiff_t>(row));
                --tensor.shape[0];
            }
        if (named) class_names_.erase(class_names_.begin());
        assumed_ += "class 0 of 1001 is ImageNet's background and was left out; ";
    }

    /// Makes two classes of one output with a sigmoid: a softmax of 0 and x gives the second one x's sigmoid.
    void take_sigmoid() {
        if (!net_.sigmoid) return;
        if (config_.num_classes > 1) {
            assumed_ +=
                "its outputs are sigmoids, each class's own; what is printed here are a softmax's shares; ";
            return;
        }
        config_.num_classes = 2;
        for (NamedTensor& tensor : best_.weights.tensors)
            if (is_of_output(tensor)) {
                tensor.data.insert(tensor.data.begin(), tensor.data.size(), std::byte{0});
                tensor.shape[0] = 2;
            }
        assumed_ += "its one output is a sigmoid: taken as two classes, of which it is the second; ";
    }

    bool is_of_output(const NamedTensor& tensor) const {
        const auto& all = best_.weights.tensors;
        const Layer& output = config_.model.architecture().output;
        constexpr size_t of_batch_norm = 4;
        const size_t i = static_cast<size_t>(&tensor - all.data());
        return i + 1 + (output.bias ? 1 : 0) + (output.batch_norm ? of_batch_norm : 0) >= all.size();
    }

    void say_preparation() {
        if (net_.mean && net_.std) {
            config_.mean = *net_.mean;
            config_.std = *net_.std;
        } else if (net_.habits == FileHabits::tensorflow && !said_config()) {
            config_.mean = config_.std = {0.5, 0.5, 0.5};
            assumed_ +=
                "it does not say how images are prepared: taken with --mean 0.5,0.5,0.5 --std 0.5,0.5,0.5; ";
        }
        if (net_.crop_pct) config_.crop_pct = *net_.crop_pct;
        if (assumed_.ends_with("; ")) assumed_.resize(assumed_.size() - 2);
    }

    NetworkFile net_;
    const std::string& file_;
    std::vector<const FileNode*> layers_;
    ModelConfig config_;
    FileMatch best_;
    bool found_ = false, compared_ = false;
    size_t prefix_layers_ = 0;
    std::string prefix_, assumed_;
    std::vector<std::string> class_names_;
};

}  // namespace

WeightsContent recognise_network(NetworkFile network, const std::string& file) {
    const auto weights = std::make_shared<const StateDict>(NetworkRecogniser(std::move(network), file).run());
    WeightsContent content{{{"", {}}}, [weights](size_t) { return *weights; }};
    for (const NamedTensor& tensor : weights->tensors)
        content.groups[0].tensors.push_back({tensor.name, tensor.dtype, tensor.shape, {}});
    return content;
}

}  // namespace vkm::graph
