#include <graph/models/architecture.h>
#include <graph/models/network.h>
#include <graph/ops/add.h>
#include <graph/ops/all_reduce.h>
#include <graph/ops/batch_norm.h>
#include <graph/ops/cast.h>
#include <graph/ops/channel_scale.h>
#include <graph/ops/convolution.h>
#include <graph/ops/depthwise.h>
#include <graph/ops/drop_path.h>
#include <graph/ops/dropout.h>
#include <graph/ops/global_average_pool.h>
#include <graph/ops/pointwise.h>
#include <graph/ops/running_statistics.h>
#include <graph/ops/subsample.h>

namespace vkm::graph {
namespace {

constexpr const char* pool_layer = "avgpool";

// Holds a module's path in the state dict; children are appended with dots.
class Path {
  public:
    explicit Path(std::string text) : text_(std::move(text)) {}
    const std::string& text() const { return text_; }
    Path operator/(std::string_view child) const { return Path(fmt::format("{}.{}", text_, child)); }
    Path operator/(size_t child) const { return Path(fmt::format("{}.{}", text_, child)); }

  private:
    std::string text_;
};

class NetworkBuilder {
  public:
    NetworkBuilder(Graph& graph, const ModelConfig& config, Mode mode, const Frozen& frozen, double drop_path)
        : graph_(graph),
          config_(config),
          net_(architecture(config)),
          mode_(mode),
          frozen_(frozen),
          drop_path_(mode == Mode::evaluation ? 0 : drop_path) {}

    ValueId build(ValueId images) {
        const Path features("features");
        size_t layer = 0;
        ValueId x = stem(features / layer++, images);
        for (const Block& block : net_.blocks)
            x = this->block(features / layer++, block, x);
        if (net_.last) {
            x = last_convolution(features / layer++, *net_.last, x);
            if (net_.last->squeeze_excite)
                x = squeeze_excite(features / layer, *net_.last->squeeze_excite, x);
        }
        x = graph_.add1(pool_layer, ops::global_average_pool(), {x});
        if (net_.pooled != Activation::none) x = graph_.add1(pool_layer, ops::activation(net_.pooled), {x});
        return classifier(Path("classifier"), x);
    }

  private:
    int64_t channels(ValueId x) const { return graph_.type(x).shape.c; }

    ValueId stem(const Path& path, ValueId images) {
        require_images(path / 0u, graph_.type(images));
        storage_ = graph_.type(images).dtype;
        const ValueId w =
            weight(path / 0u, {net_.stem.out, 3, net_.stem.kernel, net_.stem.kernel}, WeightLayout::dense);
        const ValueId x = graph_.add1((path / 0u).text(),
                                      ops::convolution(config_.stem_stride, *net_.stem.padding), {images, w});
        return batch_norm(path / 1u, net_.stem.activation, x);
    }

    void require_images(const Path& path, const TensorType& images) const {
        if (images.shape.c != 3)
            throw ShapeError("{}: images are {}, but have 3 channels", path.text(), images.text());
        if (images.dtype != DType::f32 && images.dtype != DType::f16)
            throw ShapeError("{}: images are {}, but must be f32 or f16", path.text(), images.text());
    }

    ValueId last_convolution(const Path& path, const LastConvolution& last, ValueId x) {
        x = pointwise(path / 0u, last.out, x);
        if (!last.norm_behind_activation) return batch_norm(path / 1u, last.activation, x);
        return batch_norm(path / 1u, Activation::none, activation(path / 0u, last.activation, x));
    }

    ValueId block(const Path& path, const Block& block, ValueId input) {
        return block.kind == BlockKind::convolution ? dense(path, block, input)
                                                    : bottleneck(path, block, input);
    }

    ValueId dense(const Path& path, const Block& block, ValueId x) {
        if (block.kernel == 1)
            return batch_norm(path / 1u, block.activation,
                              strided_pointwise(path / 0u, block.out, block.stride, x));
        const ValueId w =
            weight(path / 0u, {block.out, channels(x), block.kernel, block.kernel}, WeightLayout::dense);
        x = graph_.add1((path / 0u).text(), ops::convolution(block.stride, config_.padding), {x, w});
        return batch_norm(path / 1u, block.activation, x);
    }

    ValueId bottleneck(const Path& path, const Block& block, ValueId input) {
        const Path inner = path / (net_.names == BlockNames::conv ? "conv" : "block");
        size_t layer = 0;
        ValueId x = input;
        if (block.start > 0)
            x = depthwise(inner / layer++, block.start, block.kernel > 0 ? 1 : block.stride, Activation::none,
                          x);
        if (expands(net_, block, channels(input))) {
            const Path expand = inner / layer++;
            x = batch_norm(expand / 1u, block.activation, pointwise(expand / 0u, block.expanded, x));
        }
        const bool excited = block.squeeze_excite && block.squeeze_excite->used;
        const bool activation_follows = excited && block.squeeze_excite->order == SeOrder::before;
        if (block.kernel > 0)
            x = depthwise(inner / layer++, block.kernel, block.stride,
                          activation_follows ? Activation::none : block.behind_depthwise(), x);
        if (block.squeeze_excite) {
            const Path se = inner / layer++;
            if (excited) x = squeeze_excite(se, *block.squeeze_excite, x);
            if (activation_follows) x = activation(se, block.behind_depthwise(), x);
        }
        const Path project = inner / layer;
        const bool beside = net_.names == BlockNames::conv;
        const Path convolution = beside ? project : project / 0u;
        const Path norm = beside ? inner / (layer + 1) : project / 1u;
        x = batch_norm(norm, block.project_activation, pointwise(convolution, block.out, x));
        return with_skip(path, block, input, x);
    }

    ValueId with_skip(const Path& path, const Block& block, ValueId input, ValueId x) {
        if (block.skip == Skip::convolution)
            input = strided_pointwise(path / "skip", block.out, block.stride, input);
        const bool fits = block.skip == Skip::convolution ||
                          (block.skip == Skip::identity && block.stride == 1 && channels(input) == block.out);
        return fits ? graph_.add1(path.text(), ops::add(), {path_dropped(path, block, x), input}) : x;
    }

    // timm's stochastic depth: of n blocks, the i-th from 0 on is dropped with probability drop_path i / n. Its
    // V3 counts the last convolution, behind which its head has a hidden layer, as a block.
    ValueId path_dropped(const Path& path, const Block& block, ValueId x) {
        const auto number = static_cast<size_t>(&block - net_.blocks.data());
        const size_t blocks = net_.blocks.size() + (net_.last && net_.hidden ? 1 : 0);
        const double probability = drop_path_ * static_cast<double>(number) / static_cast<double>(blocks);
        if (probability <= 0 || !trained_) return x;  // what is frozen so far computes as in evaluation
        const auto layer = static_cast<uint32_t>(number) + 1;  // of the random numbers; dropout is layer 0
        return graph_.add1(path.text(), ops::drop_path({probability, layer}), {x, graph_.step_params()});
    }

    ValueId activation(const Path& path, Activation f, ValueId x) {
        return f == Activation::none ? x : graph_.add1(path.text(), ops::activation(f), {x});
    }

    ValueId depthwise(const Path& path, int64_t kernel, int64_t stride, Activation f, ValueId x) {
        const ValueId w = weight(path / 0u, {channels(x), 1, kernel, kernel}, WeightLayout::depthwise);
        const ValueId y = graph_.add1((path / 0u).text(), ops::depthwise(stride, config_.padding), {x, w});
        return batch_norm(path / 1u, f, y);
    }

    // Appends s = hard_sigmoid(fc2(relu(fc1(mean over pixels of x)))), y = x s.
    ValueId squeeze_excite(const Path& path, const SqueezeExcite& se, ValueId x) {
        constexpr Initialiser initialiser = Initialiser::kaiming_normal_fan_out;
        const int64_t expanded = channels(x);
        ValueId s = graph_.add1((path / "avgpool").text(), ops::global_average_pool(), {x});
        s = fully_connected(path / "fc1", {se.hidden, expanded, 1, 1}, se.bias, initialiser, s);
        s = graph_.add1((path / "activation").text(), ops::activation(Activation::relu), {s});
        s = fully_connected(path / "fc2", {expanded, se.hidden, 1, 1}, se.bias, initialiser, s);
        s = graph_.add1((path / "scale_activation").text(), ops::activation(Activation::hard_sigmoid), {s});
        return graph_.add1(path.text(), ops::channel_scale(), {x, s});
    }

    // Appends a sequence of those of these layers that there are, numbered as torchvision's classifiers are
    // (V3 Linear, Hardswish, Dropout, Linear; V2 Dropout, Linear):
    // hidden layer, its batch norm, its activation, dropout, output layer, its batch norm, its activation.
    ValueId classifier(const Path& path, ValueId x) {
        size_t layer = 0;
        if (net_.hidden) x = classifier_layer(path, layer, *net_.hidden, x);
        const Path dropout = path / layer++;
        if (mode_ != Mode::evaluation && config_.dropout > 0)
            x = graph_.add1(dropout.text(), ops::dropout(config_.dropout, 0), {x, graph_.step_params()});
        return classifier_layer(path, layer, net_.output, x);
    }

    ValueId classifier_layer(const Path& path, size_t& number, const Layer& layer, ValueId x) {
        std::vector<int64_t> shape{layer.out, channels(x)};
        if (layer.convolution) shape.insert(shape.end(), {1, 1});
        x = fully_connected(path / number++, std::move(shape), layer.bias,
                            layer.convolution ? Initialiser::kaiming_normal_fan_out : Initialiser::normal_001,
                            x);
        if (layer.batch_norm)
            x = batch_norm(path / number++, layer.activation, x,
                           layer.bn_eps > 0 ? layer.bn_eps : config_.bn_eps);
        if (layer.activation == Activation::none) return x;
        const Path f = path / number++;
        return layer.batch_norm ? x : activation(f, layer.activation, x);
    }

    // Returns a weight in the type of the activations it is multiplied with. It is trained in fp32.
    ValueId weight(const Path& layer, std::vector<int64_t> torch_shape, WeightLayout layout,
                   Initialiser initialiser = Initialiser::kaiming_normal_fan_out) {
        const ValueId w = parameter({.name = (layer / "weight").text(),
                                     .torch_shape = std::move(torch_shape),
                                     .layout = layout,
                                     .initialiser = initialiser});
        if (storage_ == DType::f32) return w;
        if (mode_ != Mode::evaluation)
            return graph_.add1((layer / "weight").text(), ops::cast(storage_), {w});
        graph_.value(w).type.dtype = storage_;
        return w;
    }

    ValueId parameter(ParameterInfo info, bool frozen = false) {
        frozen = mode_ != Mode::evaluation && (frozen || frozen_.has(info.name));
        const ValueId id = graph_.parameter(std::move(info));
        if (frozen)
            graph_.value(id).role = Role::frozen;
        else
            trained_ = true;
        return id;
    }

    ValueId pointwise(const Path& path, int64_t out, ValueId x) {
        const ValueId w = weight(path, {out, channels(x), 1, 1}, WeightLayout::matrix);
        return graph_.add1(path.text(), ops::pointwise(), {x, w});
    }

    // A 1x1 convolution reads every stride-th pixel: those alone are convolved.
    ValueId strided_pointwise(const Path& path, int64_t out, int64_t stride, ValueId x) {
        return pointwise(path, out, stride == 1 ? x : graph_.add1(path.text(), ops::subsample(stride), {x}));
    }

    // Appends a fully connected layer, or a 1x1 convolution of vectors. Biases start at zero everywhere.
    ValueId fully_connected(const Path& path, std::vector<int64_t> torch_shape, bool biased,
                            Initialiser initialiser, ValueId x) {
        const int64_t out = torch_shape[0];
        const ValueId w = weight(path, std::move(torch_shape), WeightLayout::matrix, initialiser);
        if (!biased) return graph_.add1(path.text(), ops::pointwise(), {x, w});
        const ValueId bias = vector(path / "bias", out, Initialiser::zeros);
        return graph_.add1(path.text(), ops::pointwise({.bias = true}), {x, w, bias});
    }

    ValueId vector(const Path& path, int64_t c, Initialiser initialiser, bool frozen = false) {
        return parameter({.name = path.text(),
                          .torch_shape = {c},
                          .layout = WeightLayout::vector,
                          .initialiser = initialiser},
                         frozen);
    }

    ValueId running(const Path& path, int64_t c, Initialiser initialiser) {
        return graph_.state({.name = path.text(),
                             .torch_shape = {c},
                             .layout = WeightLayout::vector,
                             .initialiser = initialiser});
    }

    ValueId batch_norm(const Path& path, Activation activation, ValueId x) {
        return batch_norm(path, activation, x, config_.bn_eps);
    }

    ValueId batch_norm(const Path& path, Activation activation, ValueId x, double epsilon) {
        const int64_t c = channels(x);
        const bool frozen = frozen_.has_batch_norm(path.text());
        const ValueId gamma = vector(path / "weight", c, Initialiser::ones, frozen);
        const ValueId beta = vector(path / "bias", c, Initialiser::zeros, frozen);
        const ValueId mean = running(path / "running_mean", c, Initialiser::zeros);
        const ValueId variance = running(path / "running_var", c, Initialiser::ones);
        const bool fixed = frozen_.keeps_statistics(path.text());
        if (mode_ == Mode::evaluation || (fixed && !trained_))
            return graph_.add1(path.text(), ops::batch_norm_inference({epsilon, activation}),
                               {x, gamma, beta, mean, variance});
        if (fixed) {
            const ValueId statistics = graph_.add1(path.text(), ops::running_statistics(), {mean, variance});
            return graph_.add1(path.text(),
                               ops::batch_norm({.epsilon = epsilon, .momentum = 0, .activation = activation}),
                               {x, statistics, gamma, beta, mean, variance});
        }
        const ValueId statistics = graph_.add1(path.text(), ops::batch_statistics(), {x});
        if (mode_ == Mode::training_synchronised)
            graph_.add(path.text(), ops::all_reduce(Reduction::statistics), {statistics});
        return graph_.add1(path.text(),
                           ops::batch_norm({.epsilon = epsilon,
                                            .momentum = config_.bn_momentum,
                                            .activation = activation,
                                            .synchronised = mode_ == Mode::training_synchronised}),
                           {x, statistics, gamma, beta, mean, variance});
    }

    Graph& graph_;
    const ModelConfig& config_;
    const Architecture net_;
    const Mode mode_;
    const Frozen& frozen_;
    const double drop_path_;
    bool trained_ = false;  ///< whether a parameter so far is
    DType storage_ = DType::f32;
};

}  // namespace

ValueId build_network(Graph& graph, const ModelConfig& config, ValueId images, Mode mode,
                      const Frozen& frozen, double drop_path) {
    return NetworkBuilder(graph, config, mode, frozen, drop_path).build(images);
}

ValueId last_feature_map(const Graph& graph) {
    for (const Node& node : graph.nodes())
        if (node.layer == pool_layer) return node.inputs.at(0);
    throw Error("the graph holds no network: nothing in it is called {}", pool_layer);
}

std::vector<ParameterInfo> unused_weights(const ModelConfig& config) {
    const Architecture net = architecture(config);
    std::vector<ParameterInfo> list;
    int64_t in = net.stem.out;
    for (size_t i = 0; i < net.blocks.size(); ++i) {
        const Block& block = net.blocks[i];
        if (block.squeeze_excite && !block.squeeze_excite->used) {
            const SqueezeExcite& se = *block.squeeze_excite;
            const size_t layer = (block.start > 0 ? 1 : 0) + (expands(net, block, in) ? 1 : 0) + 1;
            const Path path =
                Path("features") / (i + 1) / (net.names == BlockNames::conv ? "conv" : "block") / layer;
            const auto add = [&](const char* name, std::vector<int64_t> shape, WeightLayout layout) {
                list.push_back(
                    {.name = (path / name).text(), .torch_shape = std::move(shape), .layout = layout});
            };
            add("fc1.weight", {se.hidden, block.expanded, 1, 1}, WeightLayout::matrix);
            if (se.bias) add("fc1.bias", {se.hidden}, WeightLayout::vector);
            add("fc2.weight", {block.expanded, se.hidden, 1, 1}, WeightLayout::matrix);
            if (se.bias) add("fc2.bias", {block.expanded}, WeightLayout::vector);
        }
        in = block.out;
    }
    return list;
}

}  // namespace vkm::graph
