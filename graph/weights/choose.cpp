#include <graph/models/network.h>
#include <graph/weights/choose.h>
#include <graph/weights/parameters.h>

#include <algorithm>
#include <array>
#include <cctype>
#include <tuple>
#include <unordered_set>

namespace vkm::graph {
namespace {

/// Calls a function with every word of a path, in lower case: "ckpt.optimizer_state[0]" has ckpt, optimizer,
/// state and 0.
template <typename Function>
bool any_word(std::string_view path, Function is) {
    std::string word;
    for (size_t i = 0; i <= path.size(); ++i) {
        const unsigned char c = i < path.size() ? static_cast<unsigned char>(path[i]) : '.';
        if (std::isalnum(c)) {
            word += static_cast<char>(std::tolower(c));
        } else {
            if (!word.empty() && is(word)) return true;
            word.clear();
        }
    }
    return false;
}

/// Returns whether a path leads to what belongs to the training and not to the model.
bool is_of_optimizer(std::string_view path) {
    constexpr std::array words{"optim",  "moment", "accum", "grad", "scheduler",
                               "scaler", "exp",    "adam",  "sgd"};
    return any_word(path, [&](const std::string& word) {
        return word == "exp"
                   ? path.find("exp_avg") != path.npos
                   : std::ranges::any_of(words, [&](const char* start) { return word.starts_with(start); });
    });
}

/// Returns whether a path says that weights are an average over training.
bool is_average(std::string_view path) {
    return any_word(path, [](const std::string& word) {
        return word.ends_with("ema") || word == "swa" || word.starts_with("average");
    });
}

std::string joined(std::string_view path, std::string_view prefix) {
    while (prefix.ends_with('.'))
        prefix.remove_suffix(1);
    return fmt::format("{}{}{}", path, path.empty() || prefix.empty() ? "" : ".", prefix);
}

/// Returns the names without wrapping modules, or as they are where two would become one.
std::vector<std::string> unwrapped_names(const std::vector<NamedTensor>& tensors) {
    std::vector<std::string> names;
    std::unordered_set<std::string> seen;
    for (const NamedTensor& tensor : tensors)
        if (!seen.insert(names.emplace_back(unwrapped_name(tensor.name))).second) {
            names.clear();
            for (const NamedTensor& original : tensors)
                names.push_back(original.name);
            break;
        }
    return names;
}

struct Fit {
    size_t group;
    Identified network;
    bool averaged;

    auto rank() const { return std::tuple(!network.has_classifier, !averaged); }
};

std::vector<Fit> fits_of(const WeightsContent& content) {
    std::vector<Fit> fits;
    Recogniser recogniser;
    for (size_t i = 0; i < content.groups.size(); ++i) {
        const TensorGroup& group = content.groups[i];
        if (is_of_optimizer(group.path)) continue;
        // torch.optim.swa_utils.AveragedModel counts what it has averaged.
        const bool counted =
            std::ranges::any_of(group.tensors, [](const NamedTensor& t) { return t.name == "n_averaged"; });
        for (Identified& network : recogniser.identify_all(group.tensors)) {
            if (is_of_optimizer(network.prefix)) continue;
            const bool averaged = counted || is_average(joined(group.path, network.prefix));
            fits.push_back({i, std::move(network), averaged});
        }
    }
    return fits;
}

WeightsChoice largest(const WeightsContent& content, std::string_view file) {
    std::optional<size_t> best;
    const auto rank = [&](size_t i) {
        return std::tuple(content.groups[i].tensors.size(), is_average(content.groups[i].path));
    };
    for (size_t i = 0; i < content.groups.size(); ++i)
        if (!is_of_optimizer(content.groups[i].path) && (!best || rank(i) > rank(*best))) best = i;
    if (!best)
        throw WeightsError(
            "{}: holds an optimizer's state ({}) and no model's weights; save model.state_dict() with torch.save",
            file, content.groups.front().path);
    return {.group = *best, .network = {}, .others = {}};
}

}  // namespace

WeightsChoice choose_weights(const WeightsContent& content, std::string_view file) {
    std::vector<Fit> fits = fits_of(content);
    if (fits.empty()) return largest(content, file);
    const auto best =
        std::ranges::min_element(fits, {}, [](const Fit& fit) { return fit.rank(); });  // of equals the first
    WeightsChoice choice{.group = best->group, .network = best->network, .others = {}};
    for (const Fit& fit : fits)
        if (&fit != &*best && fit.network.has_classifier)
            choice.others.push_back(joined(content.groups[fit.group].path, fit.network.prefix));
    return choice;
}

StateDict read_weights(const WeightsContent& content, const WeightsChoice& choice) {
    StateDict read = content.read(choice.group);
    if (!choice.network) {
        std::vector<std::string> names = unwrapped_names(read.tensors);
        for (size_t i = 0; i < names.size(); ++i)
            read.tensors[i].name = std::move(names[i]);
        return read;
    }
    const Identified& network = *choice.network;
    const std::vector<ParameterInfo> list = weight_list(network.config);
    StateDict weights{.tensors = {}, .metadata = std::move(read.metadata)};
    // A copy: a file may name one tensor twice, as shared weights.
    const auto add = [&](size_t from, std::string name, std::optional<std::vector<int64_t>> shape) {
        NamedTensor tensor = read.tensors.at(from);
        tensor.name = std::move(name);
        if (shape) tensor.shape = *std::move(shape);
        weights.tensors.push_back(std::move(tensor));
    };
    for (size_t i = 0; i < list.size(); ++i) {
        if (network.tensors[i] == Identified::absent) continue;
        add(network.tensors[i], list[i].name, list[i].torch_shape);
        if (network.counters[i] != Identified::absent)
            add(network.counters[i], *tracked_name(list[i].name), {});
    }
    return weights;
}

std::vector<NamedTensor> read_without_use(const WeightsContent& content, const WeightsChoice& choice) {
    std::vector<NamedTensor> tensors;
    if (!choice.network || std::ranges::all_of(choice.network->without_use,
                                               [](size_t from) { return from == Identified::absent; }))
        return tensors;
    const StateDict read = content.read(choice.group);
    const std::vector<ParameterInfo> list = unused_weights(choice.network->config);
    for (size_t i = 0; i < list.size(); ++i) {
        if (choice.network->without_use[i] == Identified::absent) continue;
        NamedTensor& tensor = tensors.emplace_back(read.tensors.at(choice.network->without_use[i]));
        tensor.name = list[i].name;
        tensor.shape = list[i].torch_shape;
    }
    return tensors;
}

std::string place_of(const WeightsContent& content, const WeightsChoice& choice) {
    return joined(content.groups.at(choice.group).path, choice.network ? choice.network->prefix : "");
}

}  // namespace vkm::graph
