#include <graph/models/network.h>
#include <graph/weights/identify.h>
#include <graph/weights/own_head.h>
#include <graph/weights/parameters.h>

#include <algorithm>
#include <array>
#include <functional>
#include <set>

namespace vkm::graph {
namespace {

std::span<const int64_t> without_trailing_ones(std::span<const int64_t> shape) {
    while (shape.size() > 1 && shape.back() == 1)
        shape = shape.first(shape.size() - 1);
    return shape;
}

/// Returns lists of widths, from the most to the least usual; equal networks come under the first of theirs.
/// All lists but the first are sorted.
const std::vector<std::vector<double>>& all_widths() {
    static const std::vector<std::vector<double>> all = [] {
        std::vector<std::vector<double>> lists{
            {1.0, 0.75, 0.5, 0.25, 0.35, 0.6, 0.8, 1.1, 1.2, 1.25, 1.3, 1.4, 1.5, 1.75, 2.0}};
        constexpr int widest = 16;
        for (const int steps : {20, 100, 1000}) {
            lists.emplace_back();
            for (int i = 1; i <= widest * steps; ++i)
                lists.back().push_back(static_cast<double>(i) / steps);
        }
        return lists;
    }();
    return all;
}

constexpr std::string_view trunk = "features.";

bool in_classifier(Part part) {
    return part == Part::hidden || part == Part::classifier;
}

/// Holds the channels by which a width is told.
std::vector<int64_t> channels_of(const Architecture& net) {
    std::vector<int64_t> all{net.stem.out, net.last ? net.last->out : 0, net.hidden ? net.hidden->out : 0};
    for (const Block& block : net.blocks) {
        all.push_back(block.expanded);
        all.push_back(block.out);
    }
    return all;
}

/// Returns where the first layer of a kind is in a network's list. The last convolution of a network that has
/// none behind its blocks is the last block's.
size_t index_of(const NetworkWeights& network, Part part) {
    if (part == Part::last && !network.architecture.last) {
        size_t last = 0;
        for (size_t i = 0; i < network.list.size(); ++i)
            if (network.list[i].torch_shape.size() == 4 && network.roles[i].part == Part::project) last = i;
        return last;
    }
    size_t i = 0;
    while (network.roles[i].part != part)
        ++i;
    return i;
}

/// Returns which of a network's weights are layers': those with an input and an output.
std::vector<size_t> layers_of(const NetworkWeights& network) {
    std::vector<size_t> layers;
    for (size_t i = 0; i < network.list.size(); ++i)
        if (network.list[i].torch_shape.size() >= 2) layers.push_back(i);
    return layers;
}

/// Returns the number of the first layer of a kind, counted in layers.
size_t layer_of(const NetworkWeights& network, Part part) {
    const std::vector<size_t> layers = layers_of(network);
    return static_cast<size_t>(std::ranges::find(layers, index_of(network, part)) - layers.begin());
}

/// Holds the channels that a network is looked up by: those behind the first convolution, and before and behind
/// the last one. None of them falls where the width grows.
using Ends = std::array<int64_t, 3>;

Ends ends_of(const Architecture& net) {
    const Block& block = net.blocks.back();
    return net.last ? Ends{net.stem.out, block.out, net.last->out}
                    : Ends{net.stem.out, block.expanded, block.out};
}

}  // namespace

/// Holds every network of a model under a dialect's conventions, at any width, each built when it is first
/// asked for. They have one class.
class Recogniser::Candidates {
  public:
    struct Candidate {
        ModelConfig config;
        std::optional<NetworkWeights> built = {};

        const NetworkWeights& weights() {
            if (!built) built = network_weights(config);
            return *built;
        }
    };

    Candidates(const Dialect& dialect, const Model& model) : base_(model_config(model_name(model))) {
        if (dialect.assume) dialect.assume(base_);
        base_.num_classes = 1;
        usual_ = network_weights(base_);
    }

    /// Returns the network at the usual width, whose names tell whether a file may have the model.
    const NetworkWeights& usual() const { return usual_; }

    /// Returns those with these ends.
    std::vector<Candidate>& with(const Ends& ends) {
        const auto [found, is_new] = by_ends_.try_emplace(ends);
        if (is_new) found->second = list(ends);
        return found->second;
    }

  private:
    std::vector<Candidate> list(const Ends& ends) const {
        std::vector<Candidate> alike;
        std::set<std::vector<int64_t>> known;
        const auto add = [&](double width, Head head) {
            const ModelConfig config = at(width, head);
            const auto net = architecture_at(config);
            if (!net || ends_of(*net) != ends) return false;
            if (known.insert(channels_of(*net)).second) alike.push_back({config});
            return true;
        };
        const std::array heads{base_.head, base_.head == Head::full ? Head::scaled : Head::full};
        for (const double width : all_widths().front())
            for (const Head head : heads)
                add(width, head);
        for (const std::vector<double>& widths : std::span(all_widths()).subspan(1))
            for (const Head head : heads) {
                const auto is_below = [&](double width) {
                    const auto net = architecture_at(at(width, head));
                    return !net || !std::ranges::equal(ends_of(*net), ends, std::greater_equal());
                };
                auto width = std::ranges::partition_point(widths, is_below);
                while (width != widths.end() && add(*width, head))
                    ++width;
            }
        return alike;
    }

    ModelConfig at(double width, Head head) const {
        ModelConfig config = base_;
        config.width = width;
        config.head = head;
        return config;
    }

    // Few networks leave every layer a channel at any width.
    static std::optional<Architecture> architecture_at(const ModelConfig& config) {
        try {
            return architecture(config);
        } catch (const ConfigError&) {
            return {};
        }
    }

    ModelConfig base_;
    NetworkWeights usual_;
    std::map<Ends, std::vector<Candidate>> by_ends_;
};

namespace {

/// Compares a list of tensors with the networks of one model, in a dialect and behind a prefix.
class Comparison {
  public:
    Comparison(std::span<const NamedTensor> tensors, const TensorNames& names, const Dialect& dialect,
               const std::string& prefix, std::string_view without)
        : tensors_(tensors), names_(names), dialect_(dialect), prefix_(prefix), without_(without) {}

    /// Returns the shape of a layer's weight; empty where there is no such tensor.
    std::span<const int64_t> shape(const NetworkWeights& network, Part part) const {
        const auto at = find(network, index_of(network, part));
        return at ? tensors_[*at].shape : std::span<const int64_t>{};
    }

    std::optional<Identified> matched(ModelConfig config, const NetworkWeights& network) const {
        if (const auto classes = shape(network, Part::classifier); !classes.empty())
            config.num_classes = classes[0];
        Identified found{.config = config, .dialect = &dialect_, .prefix = prefix_};
        std::vector<bool> used(tensors_.size());
        for (size_t i = 0; i < network.list.size(); ++i) {
            const auto at = find(network, i);
            const Part part = network.roles[i].part;
            std::vector<int64_t> expected = network.list[i].torch_shape;
            if (part == Part::classifier) expected[0] = config.num_classes;
            if (at ? !same_but_for_ones(tensors_[*at].shape, expected) : !in_classifier(part)) return {};
            if (!at) found.has_classifier = false;
            const auto counter = at ? tracked_name(dialect_.name_of(network, i)) : std::nullopt;
            const auto count = counter ? find(*counter) : std::nullopt;
            found.tensors.push_back(at.value_or(Identified::absent));
            found.counters.push_back(count.value_or(Identified::absent));
            if (at) used[*at] = true;
            if (count) used[*count] = true;
        }
        for (size_t i = network.list.size(); i < network.roles.size(); ++i) {
            auto at = find(network, i);
            if (at && !same_but_for_ones(tensors_[*at].shape, network.info(i).torch_shape)) at.reset();
            found.without_use.push_back(at.value_or(Identified::absent));
            if (at) used[*at] = true;
        }
        take_unused(found, used);
        return found;
    }

    /// Returns whether what was taken for the classifier is a part of it only: a layer reads what it makes, or
    /// other layers stand in the same sequence.
    bool goes_on(const Identified& found, const NetworkWeights& network) const {
        const auto sequence = [&](size_t tensor) {
            const std::string& name = tensors_[tensor].name;
            const size_t field = name.rfind('.');
            const size_t module = field == name.npos || field == 0 ? name.npos : name.rfind('.', field - 1);
            return module == name.npos ? std::string_view{} : std::string_view(name).substr(0, module);
        };
        const size_t classifier = found.tensors.at(index_of(network, Part::classifier));
        return std::ranges::any_of(found.unused, [&](size_t i) {
            const std::vector<int64_t>& shape = tensors_[i].shape;
            const bool beside = !sequence(i).empty() && sequence(i) == sequence(classifier) &&
                                sequence(i) != without_last_dot(prefix_) &&
                                !tensors_[i].name.ends_with("num_batches_tracked");
            return beside || (shape.size() == 2 && shape[1] == found.config.num_classes);
        });
    }

    /// Compares all but the classifier, and takes the fully connected layers that stand there instead.
    std::optional<Identified> matched_with_own_head(const ModelConfig& config,
                                                    const NetworkWeights& network) const {
        Identified found{.config = config, .dialect = &dialect_, .prefix = prefix_};
        std::vector<bool> used(tensors_.size());
        const auto use = [&](size_t tensor, size_t counter) {
            found.tensors.push_back(tensor);
            found.counters.push_back(counter);
            for (const size_t i : {tensor, counter})
                if (i != Identified::absent) used[i] = true;
        };
        for (size_t i = 0; i < network.list.size() && !in_classifier(network.roles[i].part); ++i) {
            const auto at = find(network, i);
            if (!at || !same_but_for_ones(tensors_[*at].shape, network.list[i].torch_shape)) return {};
            const auto counter = tracked_name(dialect_.name_of(network, i));
            use(*at, (counter ? find(*counter) : std::nullopt).value_or(Identified::absent));
        }
        const Architecture& net = network.architecture;
        const int64_t pooled = net.last ? net.last->out : net.blocks.back().out;
        const auto head = find_own_head(tensors_, used, pooled);
        if (!head) return {};
        if (!head->misfit.empty()) return without_classifier(std::move(found), network, head->misfit, used);
        std::vector<Layer> layers = head->layers;
        for (Layer& layer : layers)
            if (layer.batch_norm) layer.bn_eps = usual_epsilon;
        std::optional<Layer> hidden;
        if (layers.size() == 2) {
            hidden = layers.front();
            if (head->between) hidden->activation = between(network, *head, found.note);
        }
        found.config = with_own_head(config, hidden, layers.back());
        for (size_t i = 0; i < head->tensors.size(); ++i)
            use(head->tensors[i], head->counters[i]);
        take_unused(found, used);
        return found;
    }

  private:
    /// Names do not tell epsilon: a head that was put behind a network has the frameworks' own, not the network's.
    static constexpr double usual_epsilon = 1e-5;

    /// Returns the activation of a hidden layer: the model's own where the layers have its names, or the last one
    /// stands in a sequence that was put in the place of the model's, or else ReLU.
    Activation between(const NetworkWeights& network, const OwnHead& head, std::string& note) const {
        const auto same = [&](Part part, size_t tensor) {
            return network.architecture.hidden && find(network, index_of(network, part)) == tensor;
        };
        const bool own =
            same(Part::hidden, head.tensors.front()) && std::ranges::any_of(head.tensors, [&](size_t t) {
                return same(Part::classifier, t) || in_place_of_classifier(network, t);
            });
        note = fmt::format(
            "it has two fully connected layers of its own, taken with {} between them, which names do not tell; "
            "`summary --yaml --weights FILE` prints the network, and --model FILE.yaml says that it is another",
            own ? "the model's activation" : "ReLU");
        return own ? network.architecture.hidden->activation : Activation::relu;
    }

    /// Returns whether a tensor is of a sequence that stands where the model has its last layer:
    /// "classifier.3.1.weight" for "classifier.3.weight".
    bool in_place_of_classifier(const NetworkWeights& network, size_t tensor) const {
        std::string module = dialect_.name_of(network, index_of(network, Part::classifier));
        module.erase(module.rfind('.') + 1);
        return !module.empty() && tensors_[tensor].name.starts_with(prefix_ + module);
    }

    static std::string_view without_last_dot(std::string_view prefix) {
        return prefix.ends_with('.') ? prefix.substr(0, prefix.size() - 1) : prefix;
    }

    static std::optional<Identified> without_classifier(Identified found, const NetworkWeights& network,
                                                        const std::string& why, std::vector<bool>& used) {
        found.has_classifier = false;
        found.tensors.resize(network.list.size(), Identified::absent);
        found.counters.resize(network.list.size(), Identified::absent);
        found.note = "its classifier was left out: " + why;
        take_unused(found, used);
        return found;
    }

    static void take_unused(Identified& found, const std::vector<bool>& used) {
        for (size_t i = 0; i < used.size(); ++i)
            if (!used[i]) found.unused.push_back(i);
    }

    std::optional<size_t> find(const std::string& name) const {
        return names_.find(prefix_, name.starts_with(without_) ? name.substr(without_.size()) : name);
    }

    std::optional<size_t> find(const NetworkWeights& network, size_t weight) const {
        const std::string name = dialect_.name_of(network, weight);
        return name.empty() ? std::nullopt : find(name);
    }

    std::span<const NamedTensor> tensors_;
    const TensorNames& names_;
    const Dialect& dialect_;
    const std::string& prefix_;
    std::string_view without_;
};

}  // namespace

std::vector<ParameterInfo> weight_list(const ModelConfig& config) {
    Graph graph;
    build_network(graph, config, graph.input("images", f32({1, config.input_size, config.input_size, 3})),
                  Mode::evaluation);
    std::vector<ParameterInfo> list;
    for (const ValueId id : weights_of(graph))
        list.push_back(*graph.value(id).info);
    return list;
}

Recogniser::Recogniser() = default;
Recogniser::~Recogniser() = default;

Recogniser::Candidates& Recogniser::candidates(const Dialect& dialect, const Model& model) {
    auto& found = candidates_[{&dialect, model.name()}];
    if (!found) found = std::make_unique<Candidates>(dialect, model);
    return *found;
}

std::optional<Identified> Recogniser::identify_as(const Dialect& dialect, const Model& model,
                                                  std::span<const NamedTensor> tensors,
                                                  const TensorNames& names, const Place& place, Heads heads) {
    Candidates& all = candidates(dialect, model);
    const Comparison comparison(tensors, names, dialect, place.prefix, place.without);
    const auto stem = comparison.shape(all.usual(), Part::stem),
               last = comparison.shape(all.usual(), Part::last);
    if (stem.empty() || last.size() < 2) return {};
    auto& alike = all.with({stem[0], last[1], last[0]});
    std::optional<Identified> found;
    bool in_part = false;
    for (auto& candidate : alike) {
        found = comparison.matched(candidate.config, candidate.weights());
        if (!found) continue;
        in_part = found->has_classifier && comparison.goes_on(*found, candidate.weights());
        break;
    }
    if (found && found->has_classifier && !in_part) return found;
    if (heads == Heads::of_models) return in_part ? std::nullopt : found;
    for (auto& candidate : alike)
        if (auto own = comparison.matched_with_own_head(candidate.config, candidate.weights())) return own;
    return found;
}

std::optional<Identified> Recogniser::identify_in(const Dialect& dialect,
                                                  std::span<const NamedTensor> tensors,
                                                  const TensorNames& names, const Place& place, Heads heads) {
    std::optional<Identified> best;
    for (const Model& model : dialect.networks()) {
        auto one = identify_as(dialect, model, tensors, names, place, heads);
        if (!one || (best && !one->has_classifier)) continue;
        best = std::move(one);
        if (best->has_classifier) break;
    }
    return best;
}

std::vector<Identified> Recogniser::identify_all(std::span<const NamedTensor> tensors) {
    std::vector<Identified> found;
    const auto look = [&](const TensorNames& names) {
        for (const Heads heads : {Heads::of_models, Heads::own})
            for (const Dialect& dialect : dialects())
                for (const std::string& prefix : names.prefixes(dialect.first)) {
                    // The same layers may stand under names that are several programs' up to the classifier.
                    const auto same = std::ranges::find(found, prefix, &Identified::prefix);
                    if (same != found.end() && same->has_classifier) continue;
                    auto one = identify_in(dialect, tensors, names, {prefix}, heads);
                    if (!one) continue;
                    if (same == found.end())
                        found.push_back(*std::move(one));
                    else if (one->has_classifier || same->note.empty())
                        *same = *std::move(one);
                }
        if (!found.empty()) return;
        // What a program takes of a network without its classifier: model.features, under any name.
        const Dialect& ours = dialects().front();
        for (const std::string& prefix : names.prefixes(ours.first.substr(trunk.size())))
            if (auto one = identify_in(ours, tensors, names, {prefix, trunk}, Heads::own))
                found.push_back(*std::move(one));
    };
    const TensorNames plain(tensors, false);
    look(plain);
    if (!found.empty()) return found;
    const TensorNames unwrapped(tensors, true);
    if (unwrapped.all() != plain.all()) look(unwrapped);
    return found;
}

namespace {

/// Does the same for the models that are not common, at usual widths.
std::vector<ModelConfig> uncommon_of_layers(std::span<const std::vector<int64_t>> shapes) {
    std::vector<ModelConfig> found;
    const auto matched = [&](const ModelConfig& config) {
        size_t layer = 0;
        for (const ParameterInfo& info : weight_list(config)) {
            if (info.torch_shape.size() < 2) continue;
            if (layer == shapes.size() || !same_but_for_ones(shapes[layer++], info.torch_shape)) return false;
        }
        return layer == shapes.size();
    };
    if (shapes.empty() || shapes.back().empty() || shapes.back()[0] < 1) return found;
    for (const Model& model : models())
        for (const double width : all_widths().front()) {
            ModelConfig config = model_config(model_name(model));
            config.width = width;
            config.num_classes = shapes.back()[0];
            try {
                if (!matched(config)) continue;
            } catch (const ConfigError&) {  // no channel is left at the width
                continue;
            }
            found.push_back(config);
            break;
        }
    return found;
}

}  // namespace

std::vector<ModelConfig> Recogniser::identify_layers(std::span<const std::vector<int64_t>> shapes,
                                                     std::optional<size_t> behind) {
    std::vector<ModelConfig> found;
    for (const Model& model : behind ? models() : common_models()) {
        Candidates& all = candidates(dialects().front(), model);
        const NetworkWeights& usual = all.usual();
        const size_t tail = behind.value_or(layers_of(usual).size() - 1 - layer_of(usual, Part::last));
        if (shapes.size() < tail + 2) continue;
        const auto head = shapes.first(shapes.size() - tail);
        const auto &stem = head.front(), &last = head.back();
        if (stem.empty() || last.size() < 2) continue;
        const auto matched = [&](const NetworkWeights& network) {
            const std::vector<size_t> layers = layers_of(network);
            if (behind ? layer_of(network, Part::last) + 1 != head.size() : layers.size() != shapes.size())
                return false;
            for (size_t i = 0; i < (behind ? head : shapes).size(); ++i) {
                std::vector<int64_t> expected = network.list[layers[i]].torch_shape;
                if (i + 1 == layers.size() && !shapes[i].empty()) expected[0] = shapes[i][0];  // the classes
                if (!same_but_for_ones(shapes[i], expected)) return false;
            }
            return true;
        };
        auto& alike = all.with({stem[0], last[1], last[0]});
        const auto one = std::ranges::find_if(alike, [&](auto& c) { return matched(c.weights()); });
        if (one == alike.end()) continue;
        found.push_back(one->config);
        found.back().num_classes = shapes.back().empty() ? 1 : shapes.back()[0];
    }
    if (found.empty() && !behind) return uncommon_of_layers(shapes);
    return found;
}

std::optional<ModelConfig> identify(const StateDict& weights) {
    for (const Identified& found : Recogniser().identify_all(weights.tensors))
        if (found.has_classifier) return found.config;
    return {};
}

bool same_but_for_ones(std::span<const int64_t> a, std::span<const int64_t> b) {
    return std::ranges::equal(without_trailing_ones(a), without_trailing_ones(b));
}

}  // namespace vkm::graph
