#include <graph/models/network.h>
#include <graph/ops/activation.h>
#include <graph/ops/batch_norm.h>
#include <graph/ops/convolution.h>
#include <graph/ops/depthwise.h>
#include <graph/ops/subsample.h>
#include <graph/passes/convolution_node.h>
#include <graph/weights/identify.h>
#include <graph/weights/network_file/match.h>
#include <graph/weights/strangers.h>

#include <algorithm>
#include <map>

namespace vkm::graph {
namespace {

/// Says that the file's network is another one.
struct Misfit {
    std::string why;
};

constexpr std::string_view name_of(Activation f) {
    switch (f) {
        case Activation::none:
            return "no activation";
        case Activation::relu:
            return "ReLU";
        case Activation::relu6:
            return "ReLU6";
        case Activation::hard_swish:
            return "hard swish";
        case Activation::hard_sigmoid:
            return "hard sigmoid";
        case Activation::square:
            return "square";
    }
    return "another activation";
}

class Matcher {
  public:
    Matcher(const NetworkFile& file, const ModelConfig& config)
        : file_(file), used_(file.nodes.size()), readers_(file.values) {
        for (size_t i = 0; i < file.nodes.size(); ++i)
            for (const FileValue value : file.nodes[i].inputs)
                readers_.at(value).push_back(i);
        images_ = network_.input("images", f32({1, config.input_size, config.input_size, 3}));
        logits_ = build_network(network_, config, images_, Mode::evaluation);
        values_[images_] = file.input;
    }

    FileMatch run() {
        FileMatch match;
        try {
            for (const Node& node : network_.nodes()) {
                step(node);
                ++match.layers;
            }
            if (values_.at(logits_) != file_.output)
                throw Misfit{describe_reader(values_.at(logits_)) + " is behind the classifier"};
            for (size_t i = 0; i < used_.size(); ++i)
                if (!used_[i]) throw Misfit{file_.nodes[i].name + " is one more than it has"};
            match.weights = std::move(weights_);
        } catch (const Misfit& misfit) {
            match.misfit = misfit.why;
        }
        return match;
    }

  private:
    FileValue in(const Node& node, size_t i = 0) const { return values_.at(node.inputs.at(i)); }
    void out(const Node& node, FileValue value) { values_[node.outputs.at(0)] = value; }

    std::string describe_reader(FileValue value) const {
        for (const size_t i : readers_.at(value))
            if (!used_[i]) return file_.nodes[i].name;
        return "the network's output";
    }

    /// Returns the unused operator of a kind that reads a value and fits; null where there is none.
    template <typename Fits>
    const FileNode* take(FileValue value, FileOp op, Fits fits) {
        for (const size_t i : readers_.at(value))
            if (!used_[i] && file_.nodes[i].op == op && fits(file_.nodes[i])) {
                used_[i] = true;
                return &file_.nodes[i];
            }
        return nullptr;
    }

    const FileNode& require(const Node& node, FileOp op, const std::string& expected) {
        const FileNode* found = take(in(node), op, [](const FileNode&) { return true; });
        if (!found) throw missing(node, expected);
        return *found;
    }

    Misfit missing(const Node& node, const std::string& expected) const {
        return {fmt::format("{} is not the {} of {}", describe_reader(in(node)), expected, node.layer)};
    }

    void step(const Node& node) {
        if (as_convolution(node))
            convolution(node);
        else if (const auto* norm = as<ops::BatchNormInference>(node))
            batch_norm(node, *norm);
        else if (const auto* f = as<ops::ActivationLayer>(node))
            out(node, activation(node, f->f, in(node)));
        else if (const auto* rows = as<ops::Subsample>(node)) {
            strides_[node.outputs.at(0)] = {rows->stride, network_.type(node.inputs.at(0)).shape};
            out(node, in(node));
        } else if (node.op->name() == "global_average_pool")
            pool(node);
        else if (node.op->name() == "add")
            out(node, both(node, FileOp::add, "addition"));
        else if (node.op->name() == "channel_scale")
            out(node, both(node, FileOp::multiply, "squeeze-and-excite's product"));
        else
            throw Misfit{
                fmt::format("{} of {} is in no file's network that is read", node.op->name(), node.layer)};
    }

    void pool(const Node& node) {
        const FileNode& found = require(node, FileOp::pool, "mean over the image");
        const Shape& image = network_.type(node.inputs.at(0)).shape;
        if (!found.shape.empty() && found.shape != std::vector{image.h, image.w})
            throw Misfit{fmt::format("{} is the mean over {} pixels, and {} over {} x {}", found.name,
                                     shape_text(found.shape), node.layer, image.h, image.w)};
        out(node, found.output);
    }

    FileValue both(const Node& node, FileOp op, const std::string& expected) {
        const FileValue a = in(node, 0), b = in(node, 1);
        const FileNode* found = take(a, op, [&](const FileNode& candidate) {
            return candidate.inputs == std::vector{a, b} || candidate.inputs == std::vector{b, a};
        });
        if (!found) throw missing(node, expected);
        return found->output;
    }

    FileValue activation(const Node& node, Activation f, FileValue x) {
        if (f == Activation::none) return x;
        const FileNode* found =
            take(x, FileOp::activation, [&](const FileNode& candidate) { return candidate.f == f; });
        if (!found && saturates(x, f)) return x;
        if (!found)
            throw Misfit{fmt::format("{} is not the {} of {}", describe_reader(x), name_of(f), node.layer)};
        return found->output;
    }

    /// Returns whether the 8 bits of a value are as good as an activation.
    bool saturates(FileValue x, Activation f) const {
        constexpr double rounding = 1.01;
        const auto made = std::ranges::find(file_.nodes, x, &FileNode::output);
        return made != file_.nodes.end() && made->ceiling &&
               (f == Activation::relu || (f == Activation::relu6 && *made->ceiling <= 6 * rounding));
    }

    void convolution(const Node& node) {
        const ConvolutionNode parts = as_convolution(node);
        const ParameterInfo& info = *network_.value(parts.w).info;
        int64_t stride = 1;
        Shape size = network_.type(parts.x).shape;
        if (const auto subsampled = strides_.find(parts.x); subsampled != strides_.end())
            std::tie(stride, size) = subsampled->second;
        Padding padding = Padding::symmetric;
        if (const auto* dense = as<ops::Convolution>(node)) {
            stride = dense->stride;
            padding = dense->padding;
        } else if (const auto* depthwise = as<ops::Depthwise>(node)) {
            stride = depthwise->stride;
            padding = depthwise->padding;
        }
        const int64_t groups = info.layout == WeightLayout::depthwise ? info.torch_shape[0] : 1;
        const FileValue x = in(node);
        const FileNode* found = take(x, FileOp::convolution, [&](const FileNode& candidate) {
            return candidate.groups == groups && same_but_for_ones(candidate.shape, info.torch_shape);
        });
        if (!found) throw missing(node, fmt::format("convolution {}", shape_text(info.torch_shape)));
        const int64_t kernel = info.torch_shape.size() == 4 ? info.torch_shape[2] : 1;
        if (found->stride != stride)
            throw Misfit{fmt::format("{} has stride {}, and {} has {}", found->name, found->stride,
                                     node.layer, stride)};
        if (!slides_alike(*found, found->pads.top, found->pads.bottom,
                          slide(size.h, kernel, stride, padding)) ||
            !slides_alike(*found, found->pads.left, found->pads.right,
                          slide(size.w, kernel, stride, padding)))
            throw Misfit{fmt::format("{} pads otherwise than {}", found->name, node.layer)};
        add(info, found->weight);
        if (parts.bias != no_value) {
            std::vector<float> bias = found->bias;
            bias.resize(static_cast<size_t>(info.torch_shape[0]));
            own_bias_[node.outputs.at(0)] = weights_.tensors.size();
            add(*network_.value(parts.bias).info, bias);
        } else {
            bias_behind_[node.outputs.at(0)] = found;
        }
        out(node, found->output);
    }

    static bool slides_alike(const FileNode& node, int64_t before, int64_t after, const SlidingAxis& axis) {
        if (node.pads.same) {
            const SlidingAxis same = slide(axis.input, axis.kernel, axis.stride, Padding::same);
            return same.pad_before == axis.pad_before && same.output == axis.output;
        }
        const int64_t reach = axis.input + before + after - axis.kernel;
        return before == axis.pad_before && reach >= 0 && reach / axis.stride + 1 == axis.output;
    }

    void batch_norm(const Node& node, const ops::BatchNormInference& norm) {
        const FileValue x = in(node);
        const size_t channels = static_cast<size_t>(network_.type(node.inputs[0]).shape.c);
        const auto convolution = bias_behind_.find(node.inputs[0]);
        std::vector<float> before;
        if (convolution != bias_behind_.end()) before = convolution->second->bias;
        before.resize(channels);
        const FileNode* found = take(x, FileOp::batch_norm, [&](const FileNode& candidate) {
            return candidate.scale.size() == channels;
        });
        std::vector<float> gamma(channels, 1), beta = before, mean(channels),
                                               variance(channels, static_cast<float>(1 - norm.epsilon));
        FileValue y = x;
        if (found) {
            gamma = found->scale;
            beta = found->bias;
            for (size_t c = 0; c < channels; ++c) {
                mean[c] = found->mean[c] - before[c];
                variance[c] = static_cast<float>(found->variance[c] + (found->epsilon - norm.epsilon));
            }
            y = found->output;
        } else if (const auto own = own_bias_.find(node.inputs[0]); own != own_bias_.end()) {
            // It is folded: what the layer adds is batch norm's share and its own.
            NamedTensor& bias = weights_.tensors.at(own->second);
            beta = to_floats(bias);
            bias = from_floats(bias.name, bias.shape, mean);
        } else if (convolution == bias_behind_.end()) {
            throw missing(node, "batch norm");
        }
        const auto info = [&](size_t i) { return *network_.value(node.inputs.at(i)).info; };
        add(info(1), gamma);
        add(info(2), beta);
        add(info(3), mean);
        add(info(4), variance);
        out(node, activation(node, norm.activation, y));
    }

    void add(const ParameterInfo& info, const std::vector<float>& values) {
        if (static_cast<int64_t>(values.size()) != *element_count(info.torch_shape))
            throw Misfit{fmt::format("{} has {} values where {} has {}", info.name, values.size(), info.name,
                                     *element_count(info.torch_shape))};
        weights_.tensors.push_back(from_floats(info.name, info.torch_shape, values));
    }

    const NetworkFile& file_;
    Graph network_;
    ValueId images_ = no_value, logits_ = no_value;
    std::vector<bool> used_;
    std::vector<std::vector<size_t>> readers_;
    std::map<ValueId, FileValue> values_;
    std::map<ValueId, const FileNode*> bias_behind_;
    std::map<ValueId, size_t>
        own_bias_;  ///< of layers that have one in the network: its place among the weights
    std::map<ValueId, std::pair<int64_t, Shape>> strides_;  ///< by what takes every other pixel of what
    StateDict weights_;
};

}  // namespace

FileMatch match_network(const NetworkFile& file, const ModelConfig& config) {
    return Matcher(file, config).run();
}

}  // namespace vkm::graph
