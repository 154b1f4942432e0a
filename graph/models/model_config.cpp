#include <base/text.h>
#include <graph/models/model_config.h>
#include <graph/models/model_yaml.h>

#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <cmath>
#include <functional>

namespace vkm::graph {
namespace {

struct Spelling {
    Model model;
    std::optional<double> width = {};
    bool tensorflow = false;
    ModelOptions options = {};  ///< said beside it
};

std::optional<double> percent(std::string_view digits) {
    if (digits.size() != 3 ||
        !std::all_of(digits.begin(), digits.end(), [](char c) { return c >= '0' && c <= '9'; }))
        return {};
    const int percent = (digits[0] - '0') * 100 + (digits[1] - '0') * 10 + (digits[2] - '0');
    return percent == 0 ? std::nullopt : std::optional(percent / 100.0);
}

const Model* model_of_timm_name(std::string_view name) {
    if (name.empty()) return nullptr;
    const auto found = std::ranges::find(models(), name, &Model::timm_name);
    return found == models().end() ? nullptr : &*found;
}

std::optional<Spelling> parse_timm_name(std::string_view name) {
    constexpr std::string_view tensorflow = "tf_";
    name = name.substr(0, name.find('.'));
    const bool tf = name.starts_with(tensorflow);
    if (tf) name.remove_prefix(tensorflow.size());
    if (const Model* model = model_of_timm_name(name); model && !model->timm_says_width_1())
        return Spelling{.model = *model, .tensorflow = tf};
    const size_t underscore = name.rfind('_');
    if (underscore == std::string_view::npos) return {};
    const auto width = percent(name.substr(underscore + 1));
    const Model* model = model_of_timm_name(name.substr(0, underscore));
    if (!width || !model) return {};
    return Spelling{.model = *model, .width = width, .tensorflow = tf};
}

// Parses MindCV's "mobilenet_v3_large_075" and "mobilenet_v2_100_192", whose last number is the images' size.
std::optional<Spelling> parse_mindcv_name(std::string_view name) {
    for (const Model& model : models()) {
        if (model.mindcv_name().empty() || !name.starts_with(model.mindcv_name() + "_")) continue;
        const std::string_view numbers = name.substr(model.mindcv_name().size() + 1);
        const size_t underscore = std::min(numbers.find('_'), numbers.size());
        const std::optional<double> width = percent(numbers.substr(0, underscore));
        if (!width) continue;
        Spelling spelling{.model = model, .width = width};
        if (underscore == numbers.size()) return spelling;
        const std::string_view size = numbers.substr(underscore + 1);
        if (size.empty() || size.find_first_not_of("0123456789") != std::string_view::npos) continue;
        spelling.options["input-size"] = std::string(size);
        return spelling;
    }
    return {};
}

[[noreturn]] void refuse_name(std::string_view name) {
    std::vector<std::string_view> known;
    for (const Model& model : models())
        known.push_back(model.name());
    std::vector<std::string> timm;
    for (const Model& model : models())
        if (!model.timm_name().empty())
            timm.push_back(model.timm_name() + (model.timm_says_width_1() ? "_100" : ""));
    std::vector<std::string> mindcv;
    for (const Model& model : models())
        if (!model.mindcv_name().empty()) mindcv.push_back(model.mindcv_name() + "_100");
    throw ConfigError(
        "unknown model '{}'{}; known are {}, {} (timm's spellings take any width, and the "
        "prefix tf_), {} (MindCV's, of any width), and files that end with .yaml",
        name, did_you_mean(name, known), fmt::join(known, ", "), fmt::join(timm, ", "),
        fmt::join(mindcv, ", "));
}

// A text with the layers of a model that has a name means that model, with the text's options.
Spelling of_text(const Model& model) {
    if (!model.is_built_in()) return {.model = model};
    return {.model = *find_model(model.name()), .options = model.options()};
}

Spelling parse_model(std::string_view text) {
    if (is_yaml_text(text)) return of_text(model_from_yaml(std::string(text), "the model's YAML text"));
    if (names_yaml_file(text)) return of_text(read_model_yaml(std::string(text)));
    if (const Model* model = find_model(text)) return {.model = *model};
    if (const auto spelling = parse_timm_name(text)) return *spelling;
    if (const auto spelling = parse_mindcv_name(text)) return *spelling;
    refuse_name(text);
}

void apply(const Spelling& spelling, ModelConfig& config) {
    config = with_options(config, spelling.options);
    if (spelling.width) config.width = *spelling.width;
    if (!spelling.tensorflow) return;
    config.padding = Padding::same;
    config.head = Head::full;
    config.bn_eps = 1e-3;
    config.bn_momentum = 0.01;
    config.mean = config.std = {0.5, 0.5, 0.5};
}

// Is one option: its text in a configuration, and how a text is put there.
struct Option {
    std::string_view name, help;
    std::function<std::string(const ModelConfig&)> text;
    std::function<void(ModelConfig&, std::string_view)> set;
};

template <typename Number>
Number parse_number(std::string_view option, std::string_view text) {
    Number number{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc{} || end != text.data() + text.size())
        throw ConfigError("--{} '{}' is not a number", option, text);
    return number;
}

// Makes an option of a number. `range` is in_range in words. NaN is in no range.
template <typename Number>
Option number_option(std::string_view name, std::string_view help, Number ModelConfig::*member,
                     std::function<bool(Number)> in_range, std::string_view range) {
    return {name, help, [=](const ModelConfig& config) { return fmt::format("{}", config.*member); },
            [=](ModelConfig& config, std::string_view text) {
                const auto value = parse_number<Number>(name, text);
                if (!in_range(value)) throw ConfigError("--{} is {}, but must be {}", name, text, range);
                config.*member = value;
            }};
}

template <typename Enum>
Option word(std::string_view name, std::string_view help, Enum ModelConfig::*member,
            std::array<std::pair<std::string_view, Enum>, 2> words) {
    return {name, help,
            [=](const ModelConfig& config) {
                return std::string(config.*member == words[0].second ? words[0].first : words[1].first);
            },
            [=](ModelConfig& config, std::string_view text) {
                for (const auto& [spelling, value] : words) {
                    if (text != spelling) continue;
                    config.*member = value;
                    return;
                }
                throw ConfigError("--{} is '{}', but must be {} or {}", name, text, words[0].first,
                                  words[1].first);
            }};
}

Option colour(std::string_view name, std::string_view help, std::array<double, 3> ModelConfig::*member,
              bool positive) {
    return {name, help,
            [=](const ModelConfig& config) { return fmt::format("{}", fmt::join(config.*member, ",")); },
            [=](ModelConfig& config, std::string_view text) {
                std::array<double, 3> values{};
                std::string_view rest = text;
                for (size_t i = 0; i < 3; ++i) {
                    const size_t comma = rest.find(',');
                    if ((comma == std::string_view::npos) != (i == 2))
                        throw ConfigError("--{} is '{}', but must be three numbers: R,G,B", name, text);
                    values[i] = parse_number<double>(name, rest.substr(0, comma));
                    if (!std::isfinite(values[i]) || (positive && values[i] <= 0))
                        throw ConfigError("--{} is '{}', but must be {}", name, text,
                                          positive ? "positive" : "finite");
                    if (i < 2) rest.remove_prefix(comma + 1);
                }
                config.*member = values;
            }};
}

const std::vector<Option>& option_table() {
    constexpr int64_t most = 1 << 20;  // far beyond any use; keeps products of sizes within 64 bits
    const auto size = [](int64_t v) { return v >= 1 && v <= most; };
    const auto stride = [](int64_t v) { return v == 1 || v == 2; };
    static const std::vector<Option> table{
        number_option<double>(
            "width", "factor of every layer's channels: 1, 0.75, …", &ModelConfig::width,
            [](double v) { return v > 0 && v <= 16; }, "above 0, at most 16"),
        number_option<int64_t>("num-classes", "how many classes there are", &ModelConfig::num_classes, size,
                               "between 1 and 1048576"),
        number_option<int64_t>(
            "input-size", "height and width of the images, in pixels", &ModelConfig::input_size,
            [](int64_t v) { return v >= 1 && v <= 16384; }, "between 1 and 16384"),
        number_option<int64_t>("stem-stride", "stride of the first convolution: 2, or 1 for small images",
                               &ModelConfig::stem_stride, stride, "1 or 2"),
        number_option<int64_t>("block1-stride",
                               "stride of the first block that halves the image: 2, or 1 for small images",
                               &ModelConfig::block1_stride, stride, "1 or 2"),
        number_option<double>(
            "dropout", "probability that training drops a feature before the classifier",
            &ModelConfig::dropout, [](double v) { return v >= 0 && v < 1; }, "at least 0 and below 1"),
        word<Padding>("padding", "symmetric as in PyTorch, or same as in TensorFlow", &ModelConfig::padding,
                      {{{"symmetric", Padding::symmetric}, {"same", Padding::same}}}),
        word<Head>("head",
                   "whether a width below 1 narrows the last features too: "
                   "scaled as in torchvision's V3, or full as in the paper",
                   &ModelConfig::head, {{{"scaled", Head::scaled}, {"full", Head::full}}}),
        word<SeOrder>("se-order", "squeeze-and-excite after the activation as in torchvision, or before it",
                      &ModelConfig::se_order, {{{"after", SeOrder::after}, {"before", SeOrder::before}}}),
        number_option<double>(
            "bn-eps", "epsilon of batch norm", &ModelConfig::bn_eps,
            [](double v) { return v > 0 && std::isfinite(v); }, "above 0"),
        number_option<double>(
            "bn-momentum", "share of a new batch in batch norm's running statistics",
            &ModelConfig::bn_momentum, [](double v) { return v >= 0 && v <= 1; }, "between 0 and 1"),
        colour("mean", "R,G,B subtracted from pixels between 0 and 1", &ModelConfig::mean, false),
        colour("std", "R,G,B by which they are divided then", &ModelConfig::std, true),
        word<EvalResize>(
            "eval-resize",
            "short: evaluation scales the short side and crops the middle; squash: it scales the "
            "whole image to the input size",
            &ModelConfig::eval_resize, {{{"short", EvalResize::short_side}, {"squash", EvalResize::squash}}}),
        word<Interpolation>("interpolation", "how evaluation scales images: bilinear or bicubic",
                            &ModelConfig::interpolation,
                            {{{"bilinear", Interpolation::bilinear}, {"bicubic", Interpolation::bicubic}}}),
        number_option<double>(
            "crop-pct", "evaluation crops this share of the image's short side", &ModelConfig::crop_pct,
            [](double v) { return v > 0 && v <= 1; }, "above 0, at most 1"),
    };
    return table;
}

std::string option_names() {
    std::string names;
    for (const ModelOption& option : model_options())
        names.append(names.empty() ? "" : ", ").append(option.name);
    return names;
}

}  // namespace

ModelConfig model_config_of(const Model& model) {
    ModelConfig config;
    config.model = model;
    return with_options(config, model.options());
}

ModelConfig model_config(std::string_view name) {
    const Spelling spelling = parse_model(name);
    ModelConfig config = model_config_of(spelling.model);
    apply(spelling, config);
    return config;
}

const std::vector<ModelOption>& model_options() {
    static const std::vector<ModelOption> all = [] {
        std::vector<ModelOption> list{
            {"model",
             "mobilenet_v3_small, mobilenet_v3_large, mobilenet_v2, …, timm's name of one (docs/models.md "
             "lists them), or FILE.yaml"}};
        for (const Option& option : option_table())
            list.push_back({option.name, std::string(option.help)});
        return list;
    }();
    return all;
}

ModelConfig with_options(const ModelConfig& base, const ModelOptions& options) {
    ModelConfig config = base;
    if (const auto name = options.find("model"); name != options.end()) {
        const Spelling spelling = parse_model(name->second);
        if (!(spelling.model == base.model)) config = model_config_of(spelling.model);
        apply(spelling, config);
    }
    const EvalResize before = config.eval_resize;
    for (const auto& [name, text] : options) {
        if (name == "model") continue;
        const auto option = std::find_if(option_table().begin(), option_table().end(),
                                         [&](const Option& candidate) { return candidate.name == name; });
        if (option == option_table().end())
            throw ConfigError("unknown model option '{}'; known are {}", name, option_names());
        option->set(config, text);
    }
    if (config.eval_resize != before && !options.contains("crop-pct"))
        config.crop_pct = config.eval_resize == EvalResize::squash ? 1 : ModelConfig{}.crop_pct;
    return config;
}

ModelOptions to_options(const ModelConfig& config) {
    const Model& model = config.model;
    ModelOptions options{{"model", model.is_built_in() ? model.name() : to_yaml(model, model.options())}};
    for (const Option& option : option_table())
        options.emplace(option.name, option.text(config));
    return options;
}

std::optional<ModelConfig> config_in_metadata(const std::map<std::string, std::string>& metadata) {
    const auto name = metadata.find("model");
    if (name == metadata.end()) return {};
    ModelOptions options;
    for (const ModelOption& option : model_options())
        if (const auto found = metadata.find(std::string(option.name)); found != metadata.end())
            options.insert(*found);
    return with_options(model_config(name->second), options);
}

}  // namespace vkm::graph
