#include <graph/weights/identify.h>
#include <graph/weights/parameters.h>
#include <graph/weights/split_weights.h>
#include <graph/weights/strangers.h>
#include <graph/weights/torch/search.h>

#include <fmt/ranges.h>

#include <algorithm>
#include <unordered_map>
#include <unordered_set>

namespace vkm::graph {
namespace {

constexpr size_t named_tensors = 4, named_differences = 3;

/// Holds how a network compares with a file.
struct Strangeness {
    std::string network;  ///< "mobilenet_v2 in torchvision's names"
    std::vector<std::string> missing, reshaped;
    size_t common = 0, equal = 0;
    std::unordered_set<std::string> names;
};

class Nearest {
  public:
    explicit Nearest(const StateDict& weights) {
        for (const NamedTensor& tensor : weights.tensors)
            tensors_.emplace(tensor.name, &tensor);
    }

    /// Returns the network with the most names in common, at the width with the most shapes in common.
    Strangeness find() const {
        Strangeness best;
        for (const Dialect& dialect : dialects())
            for (const Model& model : dialect.networks()) {
                ModelConfig config = model_config(model_name(model));
                if (dialect.assume) dialect.assume(config);
                Strangeness one = compare(dialect, config);
                if (one.common > best.common || (one.common == best.common && one.equal > best.equal)) {
                    best = std::move(one);
                    for (const double width : {0.25, 0.35, 0.5, 0.75, 1.25, 1.4}) {
                        config.width = width;
                        if (Strangeness other = compare(dialect, config); other.equal > best.equal)
                            best = std::move(other);
                    }
                }
            }
        return best;
    }

  private:
    Strangeness compare(const Dialect& dialect, const ModelConfig& config) const {
        Strangeness result{
            .network =
                fmt::format("{}{} in {}'s names", model_name(config.model),
                            config.width == 1 ? "" : fmt::format(" --width {}", config.width), dialect.name),
            .missing = {},
            .reshaped = {},
            .names = {}};
        const NetworkWeights network = network_weights(config);
        for (size_t i = 0; i < network.list.size(); ++i) {
            std::string name = dialect.name_of(network, i);
            if (name.empty()) return {};
            const auto found = tensors_.find(name);
            if (found == tensors_.end()) {
                result.missing.push_back(name);
            } else {
                ++result.common;
                if (same_but_for_ones(found->second->shape, network.list[i].torch_shape))
                    ++result.equal;
                else
                    result.reshaped.push_back(fmt::format("{} is {}, not {}", name,
                                                          shape_text(found->second->shape),
                                                          shape_text(network.list[i].torch_shape)));
            }
            if (auto counter = tracked_name(name)) result.names.insert(*std::move(counter));
            result.names.insert(std::move(name));
        }
        return result;
    }

    std::unordered_map<std::string_view, const NamedTensor*> tensors_;
};

std::string first_of(const std::vector<std::string>& all) {
    const size_t shown = std::min(all.size(), named_differences);
    std::string text =
        fmt::format("{}", fmt::join(all.begin(), all.begin() + static_cast<ptrdiff_t>(shown), ", "));
    if (all.size() > shown) text += fmt::format(" and {} more", all.size() - shown);
    return text;
}

}  // namespace

std::string shape_text(std::span<const int64_t> shape) {
    return fmt::format("[{}]", fmt::join(shape, ", "));
}

namespace {

std::string how_they_differ(const StateDict& weights) {
    std::string text = "holds ";
    for (size_t i = 0; i < std::min(weights.tensors.size(), named_tensors); ++i)
        text += fmt::format("{}{} {}", i == 0 ? "" : ", ", weights.tensors[i].name,
                            shape_text(weights.tensors[i].shape));
    text += fmt::format("{} ({} tensors), which are the weights of no network that is known here",
                        weights.tensors.size() > named_tensors ? ", …" : "", weights.tensors.size());
    const Strangeness nearest = Nearest(weights).find();
    if (nearest.common == 0) return text;
    std::vector<std::string> extra;
    for (const NamedTensor& tensor : weights.tensors)
        if (!nearest.names.contains(tensor.name)) extra.push_back(tensor.name);
    text += fmt::format("; the nearest is {}", nearest.network);
    if (!nearest.missing.empty()) text += fmt::format(", which also has {}", first_of(nearest.missing));
    if (!extra.empty()) text += fmt::format(", and has no {}", first_of(extra));
    if (!nearest.reshaped.empty()) text += fmt::format("; {}", first_of(nearest.reshaped));
    return text;
}

}  // namespace

std::string describe_strangers(const StateDict& weights) {
    std::string text = how_they_differ(weights);
    if (const auto unread = weights.metadata.find(torch_unread); unread != weights.metadata.end())
        text += "; " + unread->second;
    if (const std::string advice = advice_on_split_weights(weights.tensors); !advice.empty())
        text += "; " + advice;
    return text;
}

}  // namespace vkm::graph
