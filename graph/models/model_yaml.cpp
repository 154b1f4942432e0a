#include <graph/models/model_yaml.h>
#include <graph/models/yaml_fields.h>

#include <array>
#include <cmath>
#include <fstream>

namespace vkm::graph {
namespace {

using namespace yaml;

constexpr int64_t most_bytes = 1 << 20, most_blocks = 256, most_channels = 1 << 14;
constexpr size_t most_name = 64;
constexpr double most_expansion = 64;

constexpr std::array<Word<Activation>, 5> activations{{{"none", Activation::none},
                                                       {"relu", Activation::relu},
                                                       {"relu6", Activation::relu6},
                                                       {"hard-swish", Activation::hard_swish},
                                                       {"square", Activation::square}}};
constexpr std::array<Word<Rounding>, 3> roundings{
    {{"nearest-8", Rounding::nearest_8}, {"up-to-8", Rounding::up_to_8}, {"truncate", Rounding::truncate}}};
constexpr std::array<Word<Scaling>, 4> scalings{{{"width", Scaling::width},
                                                 {"twice", Scaling::twice},
                                                 {"head", Scaling::head},
                                                 {"fixed", Scaling::fixed}}};
constexpr std::array<Word<SeOrder>, 2> orders{{{"after", SeOrder::after}, {"before", SeOrder::before}}};
constexpr std::array<Word<Skip>, 3> skips{
    {{"identity", Skip::identity}, {"convolution", Skip::convolution}, {"none", Skip::none}}};
constexpr std::array<Word<BlockKind>, 2> kinds{
    {{"bottleneck", BlockKind::bottleneck}, {"convolution", BlockKind::convolution}}};
constexpr std::array<Word<Padding>, 2> paddings{{{"symmetric", Padding::symmetric}, {"same", Padding::same}}};
constexpr std::array<Word<BlockNames>, 2> name_kinds{
    {{"block", BlockNames::block}, {"conv", BlockNames::conv}}};

template <typename Enum, size_t N>
std::span<const Word<Enum>> all(const std::array<Word<Enum>, N>& words) {
    return words;
}

template <typename T, typename Owner>
Field<T> channels(std::string_view key, int64_t Owner::*member) {
    return number<T>(key, member, std::function([](int64_t c) { return c >= 1 && c <= most_channels; }),
                     "between 1 and 16384");
}

template <typename T, typename Owner>
Field<T> expansion(std::string_view key, double Owner::*member) {
    return number<T>(key, member, std::function([](double v) { return v > 0 && v <= most_expansion; }),
                     "above 0, at most 64");
}

bool is_window(int64_t kernel) {
    return kernel == 3 || kernel == 5 || kernel == 7;
}

bool is_width(double width) {
    return width >= 0 && width <= 16;
}

const Fields<SqueezeExcite>& squeeze_excite_fields() {
    using T = SqueezeExcite;
    static const Fields<T> fields{
        number<T>("ratio", &T::ratio, std::function([](double v) { return v > 0 && v <= 4; }),
                  "above 0, at most 4"),
        channels<T>("hidden", &T::hidden),
        word<T>("rounding", &T::rounding, all(roundings)),
        flag<T>("bias", &T::bias),
        optional_word<T>("order", &T::order, all(orders)),
        flag<T>("used", &T::used)};
    return fields;
}

const Fields<Block>& block_fields() {
    using T = Block;
    static const Fields<T> fields{
        word<T>("kind", &T::kind, all(kinds)),
        number<T>("start", &T::start, std::function([](int64_t k) { return k == 0 || is_window(k); }),
                  "0, 3, 5 or 7"),
        number<T>("kernel", &T::kernel,
                  std::function([](int64_t k) { return k == 0 || k == 1 || is_window(k); }),
                  "0, 1, 3, 5 or 7"),
        channels<T>("expanded", &T::expanded),
        expansion<T>("expansion", &T::expansion),
        channels<T>("out", &T::out),
        flag<T>("fixed", &T::fixed),
        word<T>("activation", &T::activation, all(activations)),
        optional_word<T>("depthwise-activation", &T::depthwise_activation, all(activations)),
        optional_map<T>("squeeze-excite", &T::squeeze_excite, squeeze_excite_fields()),
        word<T>("project-activation", &T::project_activation, all(activations)),
        number<T>("stride", &T::stride, std::function([](int64_t s) { return s == 1 || s == 2; }), "1 or 2"),
        word<T>("skip", &T::skip, all(skips))};
    return fields;
}

const Fields<Stem>& stem_fields() {
    using T = Stem;
    static const Fields<T> fields{
        number<T>("kernel", &T::kernel, std::function(is_window), "3, 5 or 7"),
        channels<T>("out", &T::out),
        flag<T>("fixed", &T::fixed),
        number<T>("fixed-below", &T::fixed_below, std::function(is_width), "between 0 and 16"),
        word<T>("activation", &T::activation, all(activations)),
        optional_word<T>("padding", &T::padding, all(paddings))};
    return fields;
}

const Fields<LastConvolution>& last_fields() {
    using T = LastConvolution;
    static const Fields<T> fields{
        channels<T>("out", &T::out),
        expansion<T>("expansion", &T::expansion),
        word<T>("scaling", &T::scaling, all(scalings)),
        word<T>("activation", &T::activation, all(activations)),
        flag<T>("norm-behind-activation", &T::norm_behind_activation),
        optional_map<T>("squeeze-excite", &T::squeeze_excite, squeeze_excite_fields())};
    return fields;
}

// The output's size is the number of classes.
const Fields<Layer>& output_fields() {
    using T = Layer;
    static const Fields<T> fields{
        flag<T>("bias", &T::bias), flag<T>("batch-norm", &T::batch_norm),
        word<T>("activation", &T::activation, all(activations)), flag<T>("convolution", &T::convolution),
        number<T>("bn-eps", &T::bn_eps, std::function([](double v) { return v > 0 && v <= 1; }),
                  "above 0, at most 1")};
    return fields;
}

const Fields<Layer>& hidden_fields() {
    using T = Layer;
    static const Fields<T> fields = [] {
        Fields<T> list{channels<T>("out", &T::out), word<T>("scaling", &T::scaling, all(scalings))};
        list.insert(list.end(), output_fields().begin(), output_fields().end());
        return list;
    }();
    return fields;
}

// Says what no single key can: which of them go together.
void require_whole(const Place& place, const YAML::Node& node, const SqueezeExcite& se) {
    if (se.hidden > 0 && se.ratio != SqueezeExcite{}.ratio)
        place.refuse(node, "squeeze-excite has both 'hidden' and 'ratio': say one");
}

void require_whole(const Place& place, const YAML::Node& node, const Block& block) {
    if (block.out == 0) place.refuse(node, "'out' is missing: the block's channels");
    if (block.expanded > 0 && block.expansion > 0)
        place.refuse(node, "the block has both 'expanded' and 'expansion': say one");
    if (block.squeeze_excite) require_whole(place, node, *block.squeeze_excite);
    if (block.kind == BlockKind::convolution) {
        if (block.kernel == 0) place.refuse(node, "a convolution's 'kernel' is 1, 3, 5 or 7");
        const Block plain{.kind = block.kind,
                          .kernel = block.kernel,
                          .out = block.out,
                          .fixed = block.fixed,
                          .activation = block.activation,
                          .stride = block.stride};
        if (!(block == plain))
            place.refuse(node,
                         "a block of kind 'convolution' has only kernel, out, fixed, activation and stride");
        return;
    }
    if (block.kernel == 1)
        place.refuse(node, "a depthwise convolution's 'kernel' is 3, 5 or 7, or 0 for none");
    if (block.kernel == 0 && block.start == 0 && block.stride != 1)
        place.refuse(node, "'stride' is that of a depthwise convolution, and the block has none");
    if (block.kernel == 0 && (block.depthwise_activation || block.squeeze_excite))
        place.refuse(node, "'{}' stands behind the depthwise convolution, and 'kernel: 0' leaves it out",
                     block.squeeze_excite ? "squeeze-excite" : "depthwise-activation");
}

void require_whole(const Place& place, const YAML::Node& node, const Layer& layer) {
    if (layer.bn_eps > 0 && !layer.batch_norm)
        place.refuse(node, "'bn-eps' is that of a batch norm: say 'batch-norm: true', too");
}

struct File : Architecture {
    std::string name;
    ModelOptions options;
};

bool is_name(std::string_view text) {
    return !text.empty() && text.size() <= most_name && text.front() != '.' &&
           text.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-.") ==
               std::string_view::npos;
}

std::string option_text(const Place& place, std::string_view key, const YAML::Node& node) {
    if (!node.IsSequence()) return scalar(place, key, node);
    std::string list;
    for (const YAML::Node& item : node)
        list += (list.empty() ? "" : ",") + scalar(place, key, item);
    return list;
}

void read_options(const Place& place, const YAML::Node& node, ModelOptions& options) {
    if (!node.IsMap())
        place.refuse(node, "'options' is a map of model options to values, such as `width: 0.5`");
    std::vector<std::string_view> known;
    for (const ModelOption& option : model_options())
        if (option.name != "model") known.push_back(option.name);
    for (const auto& entry : node) {
        const std::string name = scalar(place, "options", entry.first);
        if (std::ranges::find(known, name) == known.end())
            place.refuse(entry.first, "unknown option '{}'{}", name, did_you_mean(name, known));
        const std::string text = option_text(place, name, entry.second);
        try {
            with_options({}, {{name, text}});
        } catch (const ConfigError& error) {
            place.refuse(entry.first, "{}", error.what());
        }
        if (!options.emplace(name, text).second) place.refuse(entry.first, "'{}' stands here twice", name);
    }
}

void read_blocks(const Place& place, const YAML::Node& node, std::vector<Block>& blocks) {
    if (!node.IsSequence() || node.size() == 0) place.refuse(node, "'blocks' is a list of blocks");
    if (node.size() > static_cast<size_t>(most_blocks))
        place.refuse(node, "there are {} blocks; at most {} are taken", node.size(), most_blocks);
    for (const YAML::Node& row : node) {
        const Place here = place.at(fmt::format("blocks, row {}", blocks.size() + 1));
        blocks.push_back(read_map(here, row, block_fields()));
        require_whole(here, row, blocks.back());
    }
}

const Fields<File>& file_fields() {
    using T = File;
    static const Fields<T> fields{
        {"name",
         [](const Place& place, const YAML::Node& node, T& to) {
             to.name = scalar(place, "name", node);
             if (!is_name(to.name))
                 place.refuse(node, "the name '{}' is not one of up to {} letters, digits, '_', '-' and '.'",
                              to.name, most_name);
         },
         [](YAML::Emitter& out, const T& from) { write(out, "name", from.name); }},
        {"options",
         [](const Place& place, const YAML::Node& node, T& to) {
             read_options(place.at("options"), node, to.options);
         },
         [](YAML::Emitter& out, const T& from) {
             if (!from.options.empty()) out << YAML::Key << "options" << YAML::Value << from.options;
         }},
        word<T>("rounding", &Architecture::rounding, all(roundings)),
        flag<T>("expand-always", &Architecture::expand_always),
        flag<T>("scale-expanded", &Architecture::scale_expanded),
        word<T>("block-names", &Architecture::names, all(name_kinds)),
        {"stem",
         [](const Place& place, const YAML::Node& node, T& to) {
             to.stem = read_map(place.at("stem"), node, stem_fields());
         },
         [](YAML::Emitter& out, const T& from) {
             out << YAML::Key << "stem" << YAML::Value;
             write_map(out, from.stem, stem_fields(), true);
         }},
        {"blocks",
         [](const Place& place, const YAML::Node& node, T& to) { read_blocks(place, node, to.blocks); },
         [](YAML::Emitter& out, const T& from) {
             out << YAML::Key << "blocks" << YAML::Value << YAML::BeginSeq;
             for (const Block& block : from.blocks)
                 write_map(out, block, block_fields(), true);
             out << YAML::EndSeq;
         }},
        {"last",
         [](const Place& place, const YAML::Node& node, T& to) {
             const Place here = place.at("last");
             to.last = read_map(here, node, last_fields());
             if ((to.last->out > 0) == (to.last->expansion > 0))
                 here.refuse(node, "say one of 'out' and 'expansion': the last convolution's channels");
             if (!to.last->squeeze_excite) return;
             require_whole(here, node, *to.last->squeeze_excite);
             if (to.last->squeeze_excite->order)
                 here.refuse(node, "squeeze-excite has no 'order' here: it stands behind the activation");
         },
         optional_map<T>("last", &Architecture::last, last_fields()).write},
        word<T>("pooled-activation", &Architecture::pooled, all(activations)),
        {"hidden",
         [](const Place& place, const YAML::Node& node, T& to) {
             const Place here = place.at("hidden");
             to.hidden = read_map(here, node, hidden_fields());
             if (to.hidden->out == 0) here.refuse(node, "'out' is missing: the hidden layer's size");
             require_whole(here, node, *to.hidden);
         },
         optional_map<T>("hidden", &Architecture::hidden, hidden_fields()).write},
        {"output",
         [](const Place& place, const YAML::Node& node, T& to) {
             const Place here = place.at("output");
             to.output = read_map(here, node, output_fields());
             require_whole(here, node, to.output);
         },
         map<T>("output", &Architecture::output, output_fields()).write}};
    return fields;
}

YAML::Node parsed(const std::string& text, const std::string& source) {
    try {
        return YAML::Load(text);
    } catch (const YAML::Exception& error) {
        throw ConfigError("{}", printable(fmt::format("{}, line {}: this is no YAML: {}", source,
                                                      error.mark.line + 1, error.msg)));
    }
}

// Throws where the options leave a layer without channels.
void require_channels(const Model& model, const std::string& source) {
    try {
        architecture(with_options(model_config_of(model), {}));
    } catch (const ConfigError& error) {
        throw ConfigError("{}: {}", source, error.what());
    }
}

}  // namespace

std::string to_yaml(const Model& model, const ModelOptions& options) {
    File file;
    static_cast<Architecture&>(file) = model.architecture();
    file.name = model.name();
    file.options = options;
    file.options.erase("model");
    YAML::Emitter out;
    write_map(out, file, file_fields(), false);
    return std::string(out.c_str()) + "\n";
}

Model model_from_yaml(const std::string& text, const std::string& source) {
    if (text.size() > static_cast<size_t>(most_bytes))
        throw ConfigError("{} has {} bytes; a model has at most {}", source, text.size(), most_bytes);
    const YAML::Node root = parsed(text, source);
    const Place place{source, ""};
    try {
        File file = read_map(place, root, file_fields());
        if (file.stem.out == 0) place.refuse(root, "'stem' is missing, or its 'out': the first convolution");
        if (file.blocks.empty()) place.refuse(root, "'blocks' is missing: the list of blocks");
        Model model({.name = file.name.empty() ? "custom" : file.name,
                     .options = std::move(file.options),
                     .architecture = static_cast<Architecture&&>(file)});
        require_channels(model, source);
        return model;
    } catch (const YAML::Exception& error) {
        throw ConfigError("{}",
                          printable(fmt::format("{}, line {}: {}", source, error.mark.line + 1, error.msg)));
    }
}

Model read_model_yaml(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    std::error_code error;
    if (!file || std::filesystem::is_directory(path, error))
        throw ConfigError("--model {}: the file cannot be read; check the path", path.string());
    std::string text(static_cast<size_t>(most_bytes) + 1, '\0');
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
    text.resize(static_cast<size_t>(file.gcount()));
    return model_from_yaml(text, path.string());
}

bool is_yaml_text(std::string_view model) {
    return model.find('\n') != std::string_view::npos;
}

bool names_yaml_file(std::string_view model) {
    return !is_yaml_text(model) && (model.ends_with(".yaml") || model.ends_with(".yml"));
}

}  // namespace vkm::graph
