#include <graph/models/network.h>
#include <graph/weights/identify.h>
#include <graph/weights/parameters.h>

#include <algorithm>
#include <set>
#include <unordered_map>

namespace vkm::graph {
namespace {

constexpr size_t most_prefixes = 16;

/// Names the modules that wrap another without being part of a network.
constexpr std::string_view wrappers[] = {"module", "_orig_mod", "_fsdp_wrapped_module",
                                         "_checkpoint_wrapped_module"};

std::span<const int64_t> without_trailing_ones(std::span<const int64_t> shape) {
    while (shape.size() > 1 && shape.back() == 1)
        shape = shape.first(shape.size() - 1);
    return shape;
}

/// Finds tensors by their name behind a prefix. What lies beside the prefixed ones is found too: a classifier
/// may stand outside a wrapped backbone.
class Names {
  public:
    explicit Names(std::span<const NamedTensor> tensors, bool unwrap) : tensors_(tensors) {
        for (size_t i = 0; i < tensors.size(); ++i) {
            names_.push_back(unwrap ? unwrapped_name(tensors[i].name) : tensors[i].name);
            found_.emplace(names_.back(), i);
        }
    }

    const std::vector<std::string>& all() const { return names_; }

    std::optional<size_t> find(const std::string& prefix, const std::string& name) const {
        auto found = found_.find(prefix + name);
        if (found == found_.end() && !prefix.empty()) found = found_.find(name);
        return found == found_.end() ? std::nullopt : std::optional(found->second);
    }

    const NamedTensor* tensor(const std::string& prefix, const std::string& name) const {
        const auto found = find(prefix, name);
        return found ? &tensors_[*found] : nullptr;
    }

    /// Returns what stands in front of a name, wherever it ends one.
    std::set<std::string> prefixes(std::string_view name) const {
        std::set<std::string> all;
        for (const std::string& whole : names_)
            if (whole.ends_with(name) && all.size() < most_prefixes) {
                const std::string_view prefix(whole.data(), whole.size() - name.size());
                if (prefix.empty() || prefix.ends_with('.')) all.emplace(prefix);
            }
        return all;
    }

  private:
    std::span<const NamedTensor> tensors_;
    std::vector<std::string> names_;
    std::unordered_map<std::string, size_t> found_;
};

/// Returns widths from the most to the least usual; equal networks come under the first of theirs.
const std::vector<double>& widths() {
    static const std::vector<double> all = [] {
        std::vector<double> list{1.0, 0.75, 0.5, 0.25, 0.35, 0.6,  0.8, 1.1,
                                 1.2, 1.25, 1.3, 1.4,  1.5,  1.75, 2.0};
        constexpr int widest = 16;
        for (const int steps : {20, 100, 1000})
            for (int i = 1; i <= widest * steps; ++i)
                list.push_back(static_cast<double>(i) / steps);
        return list;
    }();
    return all;
}

/// Holds the channels by which a width is told.
std::vector<int64_t> channels_of(const Architecture& net) {
    std::vector<int64_t> all{net.stem, net.last, net.hidden};
    for (const Bottleneck& block : net.blocks) {
        all.push_back(block.expanded);
        all.push_back(block.out);
    }
    return all;
}

bool in_classifier(Part part) {
    return part == Part::hidden || part == Part::classifier;
}

class Identifier {
  public:
    Identifier(std::span<const NamedTensor> tensors, const Names& names) : tensors_(tensors), names_(names) {}

    std::vector<Identified> all() const {
        std::vector<Identified> found;
        for (const Dialect& dialect : dialects())
            for (const std::string& prefix : names_.prefixes(dialect.first))
                for (const Model model : models())
                    if (auto one = as_model(dialect, prefix, model)) {
                        found.push_back(*std::move(one));
                        break;
                    }
        return found;
    }

  private:
    std::optional<Identified> as_model(const Dialect& dialect, const std::string& prefix, Model model) const {
        ModelConfig config = model_config(model_name(model));
        if (dialect.assume) dialect.assume(config);
        const NetworkWeights usual = network_weights(config);
        const auto shape = [&](Part part) -> std::vector<int64_t> {
            for (size_t i = 0; i < usual.list.size(); ++i) {
                if (usual.roles[i].part != part || usual.roles[i].norm) continue;
                const NamedTensor* tensor = names_.tensor(prefix, dialect.name_of(usual, i));
                return tensor ? tensor->shape : std::vector<int64_t>{};
            }
            return {};
        };
        const std::vector<int64_t> stem = shape(Part::stem), last = shape(Part::last),
                                   classifier = shape(Part::classifier);
        if (stem.empty() || last.size() < 2) return {};
        if (!classifier.empty() && classifier[0] >= 1) config.num_classes = classifier[0];

        const Head first = config.head, second = first == Head::full ? Head::scaled : Head::full;
        std::set<std::vector<int64_t>> tried;
        for (const double width : widths())
            for (const Head head : {first, second}) {
                config.width = width;
                config.head = head;
                if (!may_be(config, stem[0], last)) continue;
                if (!tried.insert(channels_of(architecture(config))).second) continue;
                if (auto match = matched(dialect, prefix, config)) return match;
            }
        return {};
    }

    static bool may_be(const ModelConfig& config, int64_t stem, const std::vector<int64_t>& last) {
        const Architecture net = architecture(config);
        return net.stem == stem && net.last == last[0] && net.blocks.back().out == last[1];
    }

    std::optional<Identified> matched(const Dialect& dialect, const std::string& prefix,
                                      const ModelConfig& config) const {
        const NetworkWeights network = network_weights(config);
        Identified found{.config = config, .dialect = &dialect, .prefix = prefix};
        std::vector<bool> used(tensors_.size());
        for (size_t i = 0; i < network.list.size(); ++i) {
            const std::string name = dialect.name_of(network, i);
            const auto at = name.empty() ? std::nullopt : names_.find(prefix, name);
            if (at && !same_but_for_ones(tensors_[*at].shape, network.list[i].torch_shape)) return {};
            if (!at && !in_classifier(network.roles[i].part)) return {};
            if (!at) found.has_classifier = false;
            const auto counter = at ? tracked_name(name) : std::nullopt;
            const auto count = counter ? names_.find(prefix, *counter) : std::nullopt;
            found.tensors.push_back(at.value_or(Identified::absent));
            found.counters.push_back(count.value_or(Identified::absent));
            if (at) used[*at] = true;
            if (count) used[*count] = true;
        }
        for (size_t i = 0; i < tensors_.size(); ++i)
            if (!used[i]) found.unused.push_back(i);
        return found;
    }

    std::span<const NamedTensor> tensors_;
    const Names& names_;
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

std::vector<Identified> identify_all(std::span<const NamedTensor> tensors) {
    const Names plain(tensors, false);
    std::vector<Identified> found = Identifier(tensors, plain).all();
    if (!found.empty()) return found;
    const Names unwrapped(tensors, true);
    return unwrapped.all() == plain.all() ? found : Identifier(tensors, unwrapped).all();
}

std::optional<ModelConfig> identify(const StateDict& weights) {
    for (const Identified& found : identify_all(weights.tensors))
        if (found.has_classifier) return found.config;
    return {};
}

std::string unwrapped_name(std::string_view name) {
    std::string out;
    for (size_t at = 0; at <= name.size();) {
        const size_t dot = std::min(name.find('.', at), name.size());
        const std::string_view part = name.substr(at, dot - at);
        const bool last = dot == name.size();
        if (last || std::ranges::find(wrappers, part) == std::end(wrappers))
            out.append(part).append(last ? "" : ".");
        at = dot + 1;
    }
    return out;
}

bool same_but_for_ones(std::span<const int64_t> a, std::span<const int64_t> b) {
    return std::ranges::equal(without_trailing_ones(a), without_trailing_ones(b));
}

}  // namespace vkm::graph
