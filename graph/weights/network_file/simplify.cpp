#include <graph/weights/network_file/network_file.h>

#include <algorithm>
#include <cmath>

namespace vkm::graph {
namespace {

/// Constants of 8-bit files are rounded to a step of their scale.
bool is(float value, double expected) {
    return std::abs(value - expected) <= 0.01 * std::max(1.0, std::abs(expected));
}

bool is_scalar(const FileNode& node, double a, double b) {
    return node.op == FileOp::affine && node.a.size() == 1 && node.b.size() == 1 && is(node.a[0], a) &&
           is(node.b[0], b);
}

bool is_sixth(const FileNode& node) {
    constexpr double tolerance = 0.002;
    return node.op == FileOp::affine && node.a.size() == 1 && node.b.size() == 1 &&
           std::abs(node.a[0] - 1.0 / 6) < tolerance && std::abs(node.b[0]) < tolerance;
}

bool is_relu6(const FileNode& node) {
    return node.op == FileOp::clip && node.low == 0 && is(node.high, 6);
}

bool is_f(const FileNode& node, Activation f) {
    return node.op == FileOp::activation && node.f == f;
}

class Simplifier {
  public:
    Simplifier(NetworkFile& network, const std::string& file) : net_(network), file_(file) {}

    void run() {
        drop_last();
        for (bool changed = true; changed;) {
            changed = false;
            for (size_t i = 0; i < net_.nodes.size(); ++i)
                if (!dead(i) && (gather_activation(i) || absorb_pad(i) || absorb_affine(i) || join_affine(i)))
                    changed = true;
            clean();
        }
        take_scaling();
        clean();
        for (FileNode& node : net_.nodes)
            finish(node);
    }

  private:
    std::optional<size_t> producer(FileValue value) const {
        for (size_t i = 0; i < net_.nodes.size(); ++i)
            if (!dead(i) && net_.nodes[i].output == value) return i;
        return {};
    }

    bool dead(size_t i) const { return i < dead_.size() && dead_[i]; }

    /// Returns the node that makes a value where nothing else reads it.
    FileNode* only(FileValue value, size_t reader) {
        const auto i = producer(value);
        if (!i || value == net_.output) return nullptr;
        for (const size_t other : readers_of(net_, value))
            if (other != reader && !dead(other)) return nullptr;
        return &net_.nodes[*i];
    }

    void kill(const FileNode* node) {
        dead_.resize(net_.nodes.size());
        dead_[static_cast<size_t>(node - net_.nodes.data())] = true;
    }

    void clean() {
        dead_.resize(net_.nodes.size());
        size_t kept = 0;
        for (size_t i = 0; i < net_.nodes.size(); ++i)
            if (!dead_[i]) {
                if (kept != i) net_.nodes[kept] = std::move(net_.nodes[i]);
                ++kept;
            }
        net_.nodes.resize(kept);
        dead_.clear();
    }

    void drop_last() {
        const auto last = producer(net_.output);
        if (!last) return;
        net_.sigmoid = net_.nodes[*last].op == FileOp::sigmoid;
        if (net_.nodes[*last].op != FileOp::softmax && !net_.sigmoid) return;
        net_.output = net_.nodes[*last].inputs[0];
        kill(&net_.nodes[*last]);
        clean();
    }

    static void become(FileNode& node, Activation f, FileValue x) {
        node.op = FileOp::activation;
        node.f = f;
        node.inputs = {x};
    }

    /// Returns x where a value is relu6(x + 3), which is read by one node alone.
    std::optional<FileValue> gate(FileValue value, size_t reader) {
        FileNode* clip = only(value, reader);
        if (!clip || !is_relu6(*clip)) return {};
        FileNode* shift = only(clip->inputs[0], index(*clip));
        if (!shift || !is_scalar(*shift, 1, 3)) return {};
        return shift->inputs[0];
    }

    size_t index(const FileNode& node) const { return static_cast<size_t>(&node - net_.nodes.data()); }

    void kill_gate(FileValue value) {
        FileNode* clip = &net_.nodes[*producer(value)];
        kill(&net_.nodes[*producer(clip->inputs[0])]);
        kill(clip);
    }

    bool gather_activation(size_t i) {
        return gather_sixth(i) || gather_unit(i) || gather_ramp(i) || gather_product(i);
    }

    // relu6(x + 3) / 6, and x relu6(x + 3) / 6.
    bool gather_sixth(size_t i) {
        FileNode& node = net_.nodes[i];
        if (!is_sixth(node)) return false;
        if (const auto x = gate(node.inputs[0], i)) {
            kill_gate(node.inputs[0]);
            become(node, Activation::hard_sigmoid, *x);
            return true;
        }
        FileNode* product = only(node.inputs[0], i);
        if (!product || product->op != FileOp::multiply) return false;
        for (const size_t side : {size_t{0}, size_t{1}}) {
            const auto x = gate(product->inputs[side], index(*product));
            if (!x || *x != product->inputs[1 - side]) continue;
            kill_gate(product->inputs[side]);
            kill(product);
            become(node, Activation::hard_swish, *x);
            return true;
        }
        return false;
    }

    // min(max(x / 6 + 1/2, 0), 1).
    bool gather_unit(size_t i) {
        FileNode& node = net_.nodes[i];
        if (node.op != FileOp::clip || node.low != 0 || node.high != 1) return false;
        FileNode* line = only(node.inputs[0], i);
        if (!line || line->op != FileOp::affine || line->a.size() != 1 || line->b.size() != 1 ||
            std::abs(line->a[0] - 1.0 / 6) > 1e-3 || std::abs(line->b[0] - 0.5) > 1e-3)
            return false;
        kill(line);
        become(node, Activation::hard_sigmoid, line->inputs[0]);
        return true;
    }

    // 6 min(max(x / 6, 0), 1).
    bool gather_ramp(size_t i) {
        FileNode& node = net_.nodes[i];
        if (!is_scalar(node, 6, 0)) return false;
        FileNode* clip = only(node.inputs[0], i);
        if (!clip || clip->op != FileOp::clip || clip->low != 0 || clip->high != 1) return false;
        FileNode* sixth = only(clip->inputs[0], index(*clip));
        if (!sixth || !is_sixth(*sixth)) return false;
        kill(clip);
        kill(sixth);
        become(node, Activation::relu6, sixth->inputs[0]);
        return true;
    }

    // x hard_sigmoid(x), and (x / 6) relu6(x + 3).
    bool gather_product(size_t i) {
        FileNode& node = net_.nodes[i];
        if (node.op != FileOp::multiply) return false;
        if (node.inputs[0] == node.inputs[1]) {
            become(node, Activation::square, node.inputs[0]);
            return true;
        }
        for (const size_t side : {size_t{0}, size_t{1}}) {
            const FileValue other = node.inputs[1 - side];
            FileNode* gated = only(node.inputs[side], i);
            if (!gated) continue;
            if (is_f(*gated, Activation::hard_sigmoid) && gated->inputs[0] == other) {
                kill(gated);
                become(node, Activation::hard_swish, other);
                return true;
            }
            FileNode* sixth = only(other, i);
            const auto x = gate(node.inputs[side], i);
            if (x && sixth && is_sixth(*sixth) && sixth->inputs[0] == *x) {
                kill_gate(node.inputs[side]);
                kill(sixth);
                become(node, Activation::hard_swish, *x);
                return true;
            }
        }
        return false;
    }

    bool absorb_pad(size_t i) {
        FileNode& node = net_.nodes[i];
        if (node.op != FileOp::convolution || node.pads.same) return false;
        FileNode* pad = only(node.inputs[0], i);
        if (!pad || pad->op != FileOp::pad) return false;
        node.pads.top += pad->pads.top;
        node.pads.left += pad->pads.left;
        node.pads.bottom += pad->pads.bottom;
        node.pads.right += pad->pads.right;
        node.inputs = pad->inputs;
        kill(pad);
        return true;
    }

    /// Makes constants behind a convolution or batch norm part of it.
    bool absorb_affine(size_t i) {
        FileNode& node = net_.nodes[i];
        if (node.op != FileOp::affine) return false;
        FileNode* before = only(node.inputs[0], i);
        // What one constant is for all channels may be part of an activation.
        const bool constant = node.a.size() == 1 && node.b.size() == 1;
        if (!before || constant || !absorb(*before, node)) return false;
        before->output = node.output;
        kill(&node);
        return true;
    }

    static bool absorb(FileNode& into, const FileNode& affine) {
        const bool convolution = into.op == FileOp::convolution;
        if (!convolution && into.op != FileOp::batch_norm) return false;
        const size_t channels = convolution ? static_cast<size_t>(into.shape[0]) : into.scale.size();
        const auto fits = [&](const std::vector<float>& v) { return v.size() == 1 || v.size() == channels; };
        if (!fits(affine.a) || !fits(affine.b)) return false;
        into.bias.resize(channels);
        const size_t each = convolution ? into.weight.size() / channels : 0;
        for (size_t c = 0; c < channels; ++c) {
            const float a = affine.a[affine.a.size() == 1 ? 0 : c],
                        b = affine.b[affine.b.size() == 1 ? 0 : c];
            into.bias[c] = into.bias[c] * a + b;
            if (!convolution) into.scale[c] *= a;
            for (size_t k = c * each; k < (c + 1) * each; ++k)
                into.weight[k] *= a;
        }
        return true;
    }

    /// Makes one of two constants' operators behind each other.
    bool join_affine(size_t i) {
        FileNode& node = net_.nodes[i];
        if (node.op != FileOp::affine) return false;
        FileNode* before = only(node.inputs[0], i);
        if (!before || before->op != FileOp::affine) return false;
        const auto joined = composed(*before, node);
        if (!joined) return false;
        node.a = joined->first;
        node.b = joined->second;
        node.inputs = before->inputs;
        kill(before);
        return true;
    }

    using Line = std::pair<std::vector<float>, std::vector<float>>;

    static std::optional<Line> composed(const FileNode& first, const FileNode& second) {
        const size_t n = std::max({first.a.size(), first.b.size(), second.a.size(), second.b.size()});
        for (const auto* v : {&first.a, &first.b, &second.a, &second.b})
            if (v->size() != 1 && v->size() != n) return {};
        Line line{std::vector<float>(n), std::vector<float>(n)};
        for (size_t c = 0; c < n; ++c) {
            const auto at = [c](const std::vector<float>& v) { return v[v.size() == 1 ? 0 : c]; };
            line.first[c] = at(first.a) * at(second.a);
            line.second[c] = at(first.b) * at(second.a) + at(second.b);
        }
        return line;
    }

    /// Takes y = a x + b of the images as their mean and standard deviation. Images whose deviation would be
    /// more than their range are between 0 and 255.
    void take_scaling() {
        const std::vector<size_t> first = readers_of(net_, net_.input);
        if (first.size() != 1 || net_.nodes[first[0]].op != FileOp::affine) return;
        FileNode& node = net_.nodes[first[0]];
        const auto at = [](const std::vector<float>& v, size_t c) { return v[v.size() == 1 ? 0 : c]; };
        for (const auto* v : {&node.a, &node.b})
            if (v->size() != 1 && v->size() != 3) return;
        std::array<double, 3> mean{}, deviation{};
        for (size_t c = 0; c < 3; ++c) {
            constexpr double largest_deviation = 2, brightest = 255;
            const double a = at(node.a, c);
            if (!(a > 0) || !std::isfinite(a)) return;
            const double range = 1 / a > largest_deviation ? brightest : 1;
            deviation[c] = 1 / (a * range);
            mean[c] = 0 - at(node.b, c) / (a * range);
        }
        net_.mean = mean;
        net_.std = deviation;
        net_.input = node.output;
        kill(&node);
    }

    void finish(FileNode& node) const {
        if (node.op == FileOp::clip) {
            if (node.low != 0 || !(std::isinf(node.high) || is(node.high, 6)))
                throw unfit(node, fmt::format("it clips to {}..{}", node.low, node.high));
            node.op = FileOp::activation;
            node.f = std::isinf(node.high) ? Activation::relu : Activation::relu6;
        } else if (node.op == FileOp::affine && node.a.size() == 1 && node.b.size() == 1 &&
                   !is_scalar(node, 1, 0)) {
            throw unfit(node, "it computes with a constant where no network here does");
        }
    }

    WeightsError unfit(const FileNode& node, const std::string& why) const {
        return WeightsError("{}: operator {} is none of the networks that are known here: {}", file_,
                            node.name, why);
    }

    NetworkFile& net_;
    const std::string& file_;
    std::vector<bool> dead_;
};

}  // namespace

std::vector<size_t> readers_of(const NetworkFile& network, FileValue value) {
    std::vector<size_t> readers;
    for (size_t i = 0; i < network.nodes.size(); ++i)
        if (std::ranges::find(network.nodes[i].inputs, value) != network.nodes[i].inputs.end())
            readers.push_back(i);
    return readers;
}

void simplify(NetworkFile& network, const std::string& file) {
    Simplifier(network, file).run();
}

}  // namespace vkm::graph
