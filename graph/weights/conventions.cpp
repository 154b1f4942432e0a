#include <graph/weights/conventions.h>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <cctype>

namespace vkm::graph {
namespace {

namespace fs = std::filesystem;
using nlohmann::json;

constexpr std::string_view tensorflow = "tf_mobilenet";

/// Returns whether a text has TensorFlow's spelling of a model, as a word of its own.
bool says_tensorflow(std::string_view text) {
    for (size_t at = text.find(tensorflow); at != text.npos; at = text.find(tensorflow, at + 1))
        if (at == 0 || !std::isalnum(static_cast<unsigned char>(text[at - 1]))) return true;
    return false;
}

/// Returns whether a file's name has the word tf, and its batch norm was folded into the layers: running means
/// of zero are what a conversion leaves behind, never training.
bool is_conversion(const StateDict& weights, const fs::path& path) {
    const std::string name = path.stem().string();
    bool word = false;
    for (size_t at = name.find("tf"); at != name.npos && !word; at = name.find("tf", at + 1)) {
        const auto edge = [&](size_t i) {
            return i >= name.size() || !std::isalnum(static_cast<unsigned char>(name[i]));
        };
        word = (at == 0 || edge(at - 1)) && edge(at + 2);
    }
    return word && std::ranges::all_of(weights.tensors, [](const NamedTensor& tensor) {
               return !tensor.name.ends_with("running_mean") ||
                      std::ranges::all_of(tensor.data, [](std::byte b) { return b == std::byte{0}; });
           });
}

json config_beside(const fs::path& path) {
    std::error_code none;
    const fs::path folder = fs::is_directory(path, none) ? path : path.parent_path();
    const fs::path file = folder / "config.json";
    constexpr uintmax_t largest = 1 << 20;
    if (!fs::is_regular_file(file, none) || fs::file_size(file, none) > largest) return {};
    const std::vector<std::byte> bytes = read_file(file);
    const char* begin = reinterpret_cast<const char*>(bytes.data());
    json config = json::parse(begin, begin + bytes.size(), nullptr, false);
    return config.is_object() ? config : json();
}

std::optional<std::array<double, 3>> colour(const json& from, const char* key) {
    const auto found = from.find(key);
    if (found == from.end() || !found->is_array() || found->size() != 3) return {};
    std::array<double, 3> values{};
    for (size_t i = 0; i < 3; ++i) {
        if (!(*found)[i].is_number()) return {};
        values[i] = (*found)[i].get<double>();
    }
    return values;
}

/// Takes what timm says of how images are prepared; values that cannot be are left.
void take_preparation(ModelConfig& config, const json& said) {
    if (!said.is_object()) return;
    if (const auto mean = colour(said, "mean")) config.mean = *mean;
    if (const auto deviation = colour(said, "std"); deviation && std::ranges::min(*deviation) > 0)
        config.std = *deviation;
    if (const auto crop = said.find("crop_pct"); crop != said.end() && crop->is_number())
        if (const double share = crop->get<double>(); share > 0 && share <= 1) config.crop_pct = share;
    if (said.value("interpolation", json()) == "bicubic") config.interpolation = Interpolation::bicubic;
    if (said.value("interpolation", json()) == "bilinear") config.interpolation = Interpolation::bilinear;
    if (said.value("crop_mode", json()) == "squash") config.eval_resize = EvalResize::squash;
    const auto size = said.find("input_size");
    if (size == said.end() || !size->is_array() || size->size() != 3 || !(*size)[1].is_number_integer())
        return;
    constexpr int64_t largest = 4096;
    if (const auto side = (*size)[1].get<int64_t>(); side == (*size)[2] && side >= 1 && side <= largest)
        config.input_size = side;
}

void assume_tensorflow(ModelConfig& config) {
    config.padding = Padding::same;
    config.bn_eps = 1e-3;
    config.bn_momentum = 0.01;
    config.mean = config.std = {0.5, 0.5, 0.5};
    config.interpolation = Interpolation::bilinear;
}

}  // namespace

std::string apply_conventions(ModelConfig& config, const StateDict& weights, const fs::path& path) {
    const json beside = config_beside(path);
    std::string said_by;
    if (const auto name = beside.find("architecture");
        name != beside.end() && name->is_string() && says_tensorflow(name->get<std::string>()))
        said_by = "the config.json beside it";
    else if (const auto arch = weights.metadata.find("torch.arch");
             arch != weights.metadata.end() && says_tensorflow(arch->second))
        said_by = "its arch";
    else if (std::error_code none; says_tensorflow(fs::absolute(path, none).string()))
        said_by = "its name";
    else if (is_conversion(weights, path))
        said_by = "its name";
    if (!said_by.empty()) assume_tensorflow(config);
    if (const auto prepared = beside.find("pretrained_cfg"); prepared != beside.end())
        take_preparation(config, *prepared);
    if (said_by.empty()) return {};
    return fmt::format(
        "{} says TensorFlow: taken with --padding same --bn-eps 0.001 --mean {:g},{:g},{:g} --std {:g},{:g},{:g}",
        said_by, config.mean[0], config.mean[1], config.mean[2], config.std[0], config.std[1], config.std[2]);
}

}  // namespace vkm::graph
