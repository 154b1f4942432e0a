#include <graph/models/architecture.h>
#include <graph/models/network.h>
#include <graph/ops/add.h>
#include <graph/ops/all_reduce.h>
#include <graph/ops/batch_norm.h>
#include <graph/ops/cast.h>
#include <graph/ops/channel_scale.h>
#include <graph/ops/convolution.h>
#include <graph/ops/depthwise.h>
#include <graph/ops/dropout.h>
#include <graph/ops/global_average_pool.h>
#include <graph/ops/pointwise.h>

namespace vkm::graph {
namespace {

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
    NetworkBuilder(Graph& graph, const ModelConfig& config, Mode mode)
        : graph_(graph), config_(config), net_(architecture(config)), mode_(mode) {}

    ValueId build(ValueId images) {
        const Path features("features");
        size_t layer = 0;
        ValueId x = stem(features / layer++, images);
        for (const Bottleneck& block : net_.blocks)
            x = bottleneck(features / layer++, block, x);
        x = last_convolution(features / layer, x);
        x = graph_.add1("avgpool", ops::global_average_pool(), {x});
        return classifier(Path("classifier"), x);
    }

  private:
    int64_t channels(ValueId x) const { return graph_.type(x).shape.c; }

    ValueId stem(const Path& path, ValueId images) {
        require_images(path / 0u, graph_.type(images));
        storage_ = graph_.type(images).dtype;
        const ValueId w = weight(path / 0u, {net_.stem, 3, 3, 3}, WeightLayout::dense);
        const ValueId x = graph_.add1((path / 0u).text(),
                                      ops::convolution(config_.stem_stride, config_.padding), {images, w});
        return batch_norm(path / 1u, net_.activation, x);
    }

    void require_images(const Path& path, const TensorType& images) const {
        if (images.shape.c != 3)
            throw ShapeError("{}: images are {}, but have 3 channels", path.text(), images.text());
        if (images.dtype != DType::f32 && images.dtype != DType::f16)
            throw ShapeError("{}: images are {}, but must be f32 or f16", path.text(), images.text());
    }

    ValueId last_convolution(const Path& path, ValueId x) {
        return batch_norm(path / 1u, net_.activation, pointwise(path / 0u, net_.last, x));
    }

    ValueId bottleneck(const Path& path, const Bottleneck& block, ValueId input) {
        const Path inner = path / (net_.v2_names ? "conv" : "block");
        size_t layer = 0;
        ValueId x = input;
        if (block.expanded != channels(input)) {
            const Path expand = inner / layer++;
            x = batch_norm(expand / 1u, block.activation, pointwise(expand / 0u, block.expanded, x));
        }
        x = depthwise(inner / layer++, block, x);
        if (block.squeeze_excite) {
            const Path se = inner / layer++;
            x = squeeze_excite(se, x);
            if (config_.se_order == SeOrder::before)
                x = graph_.add1(se.text(), ops::activation(block.activation), {x});
        }
        const Path project = inner / layer;
        const Path convolution = net_.v2_names ? project : project / 0u;
        const Path norm = net_.v2_names ? inner / (layer + 1) : project / 1u;
        x = batch_norm(norm, Activation::none, pointwise(convolution, block.out, x));
        const bool residual = block.stride == 1 && channels(input) == block.out;
        return residual ? graph_.add1(path.text(), ops::add(), {x, input}) : x;
    }

    ValueId depthwise(const Path& path, const Bottleneck& block, ValueId x) {
        const ValueId w =
            weight(path / 0u, {channels(x), 1, block.kernel, block.kernel}, WeightLayout::depthwise);
        const ValueId y =
            graph_.add1((path / 0u).text(), ops::depthwise(block.stride, config_.padding), {x, w});
        const bool activation_follows_se = block.squeeze_excite && config_.se_order == SeOrder::before;
        return batch_norm(path / 1u, activation_follows_se ? Activation::none : block.activation, y);
    }

    // Appends s = hard_sigmoid(fc2(relu(fc1(mean over pixels of x)))), y = x s.
    ValueId squeeze_excite(const Path& path, ValueId x) {
        const int64_t expanded = channels(x);
        ValueId s = graph_.add1((path / "avgpool").text(), ops::global_average_pool(), {x});
        s = biased(path / "fc1", {squeeze_channels(expanded), expanded, 1, 1},
                   Initialiser::kaiming_normal_fan_out, s);
        s = graph_.add1((path / "activation").text(), ops::activation(Activation::relu), {s});
        s = biased(path / "fc2", {expanded, squeeze_channels(expanded), 1, 1},
                   Initialiser::kaiming_normal_fan_out, s);
        s = graph_.add1((path / "scale_activation").text(), ops::activation(Activation::hard_sigmoid), {s});
        return graph_.add1(path.text(), ops::channel_scale(), {x, s});
    }

    // Appends the layers of torchvision's classifiers:
    // V3 Linear, Hardswish, Dropout, Linear; V2 Dropout, Linear.
    ValueId classifier(const Path& path, ValueId x) {
        size_t layer = 0;
        if (net_.hidden > 0) {
            x = biased(path / layer++, {net_.hidden, channels(x)}, Initialiser::normal_001, x);
            x = graph_.add1((path / layer++).text(), ops::activation(net_.activation), {x});
        }
        const Path dropout = path / layer++;
        if (mode_ != Mode::evaluation && config_.dropout > 0)
            x = graph_.add1(dropout.text(), ops::dropout(config_.dropout, 0), {x, graph_.step_params()});
        return biased(path / layer, {config_.num_classes, channels(x)}, Initialiser::normal_001, x);
    }

    // Returns a weight in the type of the activations it is multiplied with. It is trained in fp32.
    ValueId weight(const Path& layer, std::vector<int64_t> torch_shape, WeightLayout layout,
                   Initialiser initialiser = Initialiser::kaiming_normal_fan_out) {
        const ValueId w = graph_.parameter({.name = (layer / "weight").text(),
                                            .torch_shape = std::move(torch_shape),
                                            .layout = layout,
                                            .initialiser = initialiser});
        if (storage_ == DType::f32) return w;
        if (mode_ != Mode::evaluation)
            return graph_.add1((layer / "weight").text(), ops::cast(storage_), {w});
        graph_.value(w).type.dtype = storage_;
        return w;
    }

    ValueId pointwise(const Path& path, int64_t out, ValueId x) {
        const ValueId w = weight(path, {out, channels(x), 1, 1}, WeightLayout::matrix);
        return graph_.add1(path.text(), ops::pointwise(), {x, w});
    }

    // Appends a fully connected layer, or a 1x1 convolution with a bias. Biases start at zero everywhere.
    ValueId biased(const Path& path, std::vector<int64_t> torch_shape, Initialiser initialiser, ValueId x) {
        const int64_t out = torch_shape[0];
        const ValueId w = weight(path, std::move(torch_shape), WeightLayout::matrix, initialiser);
        const ValueId bias = vector(path / "bias", out, Initialiser::zeros);
        return graph_.add1(path.text(), ops::pointwise({.bias = true}), {x, w, bias});
    }

    ValueId vector(const Path& path, int64_t c, Initialiser initialiser) {
        return graph_.parameter({.name = path.text(),
                                 .torch_shape = {c},
                                 .layout = WeightLayout::vector,
                                 .initialiser = initialiser});
    }

    ValueId running(const Path& path, int64_t c, Initialiser initialiser) {
        return graph_.state({.name = path.text(),
                             .torch_shape = {c},
                             .layout = WeightLayout::vector,
                             .initialiser = initialiser});
    }

    ValueId batch_norm(const Path& path, Activation activation, ValueId x) {
        const int64_t c = channels(x);
        const ValueId gamma = vector(path / "weight", c, Initialiser::ones);
        const ValueId beta = vector(path / "bias", c, Initialiser::zeros);
        const ValueId mean = running(path / "running_mean", c, Initialiser::zeros);
        const ValueId variance = running(path / "running_var", c, Initialiser::ones);
        if (mode_ == Mode::evaluation)
            return graph_.add1(path.text(), ops::batch_norm_inference({config_.bn_eps, activation}),
                               {x, gamma, beta, mean, variance});
        const ValueId statistics = graph_.add1(path.text(), ops::batch_statistics(), {x});
        if (mode_ == Mode::training_synchronised)
            graph_.add(path.text(), ops::all_reduce(Reduction::statistics), {statistics});
        return graph_.add1(path.text(),
                           ops::batch_norm({.epsilon = config_.bn_eps,
                                            .momentum = config_.bn_momentum,
                                            .activation = activation,
                                            .synchronised = mode_ == Mode::training_synchronised}),
                           {x, statistics, gamma, beta, mean, variance});
    }

    Graph& graph_;
    const ModelConfig& config_;
    const Architecture net_;
    const Mode mode_;
    DType storage_ = DType::f32;
};

}  // namespace

ValueId build_network(Graph& graph, const ModelConfig& config, ValueId images, Mode mode) {
    return NetworkBuilder(graph, config, mode).build(images);
}

}  // namespace vkm::graph
