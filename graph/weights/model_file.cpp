#include <graph/weights/choose.h>
#include <graph/weights/conventions.h>
#include <graph/weights/finite.h>
#include <graph/weights/model_file.h>
#include <graph/weights/network_file/recognise.h>
#include <graph/weights/original_names.h>
#include <graph/weights/shards.h>
#include <graph/weights/split_weights.h>
#include <graph/weights/torch/search.h>
#include <graph/weights/weights_file.h>

#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace vkm::graph {
namespace {

std::vector<std::string> class_names_in(const StateDict& weights, const std::filesystem::path& path,
                                        const char* key) {
    const auto found = weights.metadata.find(key);
    if (found == weights.metadata.end()) return {};
    try {
        return nlohmann::json::parse(found->second).get<std::vector<std::string>>();
    } catch (const nlohmann::json::exception&) {
        throw WeightsError(
            "{}: the class names in its metadata are not a list of strings; write the file again",
            path.string());
    }
}

/// Returns the configuration in the metadata, where they name a network that the weights are of; of other
/// programs' files, which may use the same keys, what names and shapes say.
std::optional<ModelConfig> config_of(const StateDict& weights, const std::optional<Identified>& network) {
    try {
        return config_in_metadata(weights.metadata);
    } catch (const ConfigError&) {
        if (!network) throw;
        return {};
    }
}

std::string model_options(const Identified& network) {
    const ModelConfig& config = network.config;
    std::string text = fmt::format("{}{} --width {}", config.model.is_built_in() ? "--model " : "",
                                   model_name(config.model), config.width);
    if (config.model.is_built_in() && config.head != model_config(model_name(config.model)).head)
        text += fmt::format(" --head {}", config.head == Head::full ? "full" : "scaled");
    if (network.has_classifier) text += fmt::format(" --num-classes {}", config.num_classes);
    return text;
}

/// Names the first of the tensors that no weight is of; counters of batches are nobody's loss.
std::string unused_tensors(const Identified& network, const std::vector<NamedTensor>& tensors) {
    constexpr size_t named = 3;
    std::vector<std::string_view> names;
    for (const size_t i : network.unused)
        if (!tensors[i].name.ends_with("num_batches_tracked")) names.push_back(tensors[i].name);
    if (names.empty()) return {};
    const size_t shown = std::min(names.size(), named);
    return fmt::format("{} of its tensors {} no part of the network and {} ignored: {}{}", names.size(),
                       names.size() == 1 ? "is" : "are", names.size() == 1 ? "was" : "were",
                       fmt::join(names.begin(), names.begin() + static_cast<ptrdiff_t>(shown), ", "),
                       names.size() > shown ? ", …" : "");
}

/// Returns the file's own names without a prefix, and its shapes, where they are others than ours.
OriginalTensors original_tensors(const Identified& network, const std::vector<NamedTensor>& tensors) {
    OriginalTensors all;
    const auto add = [&](size_t from, const std::string& ours, const std::vector<int64_t>& shape) {
        if (from == Identified::absent) return;
        std::string name = unwrapped_name(tensors[from].name);
        if (name.starts_with(network.prefix)) name.erase(0, network.prefix.size());
        if (name != ours || tensors[from].shape != shape)
            all.emplace(ours, OriginalTensor{std::move(name), tensors[from].shape});
    };
    const std::vector<ParameterInfo> list = weight_list(network.config);
    for (size_t i = 0; i < list.size(); ++i) {
        add(network.tensors[i], list[i].name, list[i].torch_shape);
        if (const auto counter = tracked_name(list[i].name)) add(network.counters[i], *counter, {});
    }
    return all;
}

bool have_the_same_weights(const ModelConfig& a, const ModelConfig& b) {
    return std::ranges::equal(
        weight_list(a), weight_list(b), [](const ParameterInfo& one, const ParameterInfo& other) {
            return one.name == other.name && same_but_for_ones(one.torch_shape, other.torch_shape);
        });
}

class Reader {
  public:
    explicit Reader(const std::filesystem::path& path)
        : path_(path), content_(open_weights(path)), choice_(choose_weights(content_, path.string())) {}

    ModelFile read() {
        file_.weights = read_weights(content_, choice_);
        file_.weights.source = path_.string();
        require_finite(file_.weights);
        if (const auto assumed = file_.weights.metadata.extract(assumed_key)) say(assumed.mapped());
        file_.config = config_of(file_.weights, choice_.network);
        if (file_.config && choice_.network && !(file_.config->model == choice_.network->config.model)) {
            // Networks of several models may have the same names and shapes. Where the one that the file says
            // has others, the file is taken by its names.
            if (have_the_same_weights(*file_.config, choice_.network->config))
                choice_.network->config = *file_.config;
            else
                choice_.network.reset();
            file_.weights = read_weights(content_, choice_);
            file_.weights.source = path_.string();
        }
        if (choice_.network) {
            file_.original = original_tensors(*choice_.network, content_.groups[choice_.group].tensors);
            say_what_was_chosen();
            if (!choice_.network->dialect->models.empty()) file_.dialect = choice_.network->dialect;
            file_.without_use = read_without_use(content_, choice_);
            if (!file_.config) take_identified();
        } else if (const auto index = index_beside(path_); index && !file_.config) {
            throw WeightsError("{}: one of several parts of a model; pass {}", path_.string(),
                               index->string());
        }
        take_class_names();
        take_original_names();
        return std::move(file_);
    }

  private:
    void say(const std::string& text) {
        if (!text.empty()) file_.notices.push_back(printable(path_.string() + ": " + text));
    }

    /// Takes class names from the metadata, or from beside the tensors where they are as many as the classes.
    void take_class_names() {
        file_.class_names = class_names_in(file_.weights, path_, class_names_key);
        if (!file_.class_names.empty() || !file_.config) return;
        std::vector<std::string> beside = class_names_in(file_.weights, path_, torch_class_names);
        if (static_cast<int64_t>(beside.size()) == file_.config->num_classes)
            file_.class_names = std::move(beside);
    }

    /// Takes whose names the weights came under: they may be ours by now.
    void take_original_names() {
        if (file_.dialect || !file_.config) return;
        const auto found = file_.weights.metadata.find(original_names_key);
        if (found != file_.weights.metadata.end())
            file_.dialect = dialect_called(found->second, file_.config->model);
    }

    void say_what_was_chosen() {
        if (!choice_.others.empty())
            say(fmt::format("the weights under {} were taken; those under {} fit too",
                            quoted(place_of(content_, choice_)), quoted(choice_.others.front())));
        say(unused_tensors(*choice_.network, content_.groups[choice_.group].tensors));
        if (const auto unread = file_.weights.metadata.find(torch_unread);
            unread != file_.weights.metadata.end())
            say(unread->second);
        say(advice_on_split_weights(content_.groups[choice_.group].tensors));
    }

    void take_identified() {
        const Identified& network = *choice_.network;
        file_.config = network.config;
        say(fmt::format("taken for {}, by its {} names and shapes", model_options(network),
                        network.dialect->name));
        say(network.note);
        if (network.has_classifier && network.config.num_classes == 1)
            say("it has one output, of which a share is always 1: its logit (--logits) tells what it says");
        say(apply_conventions(*file_.config, file_.weights, path_));
        constexpr int64_t imagenet = 1000;
        if (!network.dialect->class_order.empty() && network.config.num_classes == imagenet)
            say(fmt::format(
                "{}'s own training has its classes in the order {}, not of the sorted WordNet ids; data may have that "
                "of --class-order",
                network.dialect->name, network.dialect->class_order));
    }

    static std::string quoted(const std::string& place) {
        return place.empty() ? "no key" : fmt::format("'{}'", place);
    }

    std::filesystem::path path_;
    WeightsContent content_;
    WeightsChoice choice_;
    ModelFile file_;
};

}  // namespace

ModelFile read_model_file(const std::filesystem::path& path) {
    return Reader(path).read();
}

void write_model_file(const std::filesystem::path& path, const Graph& graph,
                      const std::map<ValueId, HostTensor>& values, const ModelConfig& config,
                      const std::vector<std::string>& class_names, int64_t num_batches_tracked,
                      std::string_view original_names) {
    StateDict weights = export_weights(graph, values, num_batches_tracked);
    describe_model(weights, config, class_names, original_names);
    save_weights(path, weights);
}

}  // namespace vkm::graph
