#include <graph/models/freeze.h>
#include <graph/models/network.h>
#include <graph/weights/parameters.h>

#include <fmt/ranges.h>

#include <algorithm>
#include <charconv>
#include <sstream>

namespace vkm::graph {
namespace {

bool below(std::string_view path, std::string_view module) {
    return path == module ||
           (path.size() > module.size() && path.starts_with(module) && path[module.size()] == '.');
}

std::vector<std::string> weight_names(const ModelConfig& config) {
    Graph network;
    const ValueId images = network.input("images", f32({1, config.input_size, config.input_size, 3}));
    build_network(network, config, images, Mode::evaluation);
    std::vector<std::string> names;
    for (const ValueId id : weights_of(network))
        names.push_back(network.value(id).info->name);
    return names;
}

// Returns the number of the first block of every stage.
std::vector<size_t> stage_starts(const ModelConfig& config) {
    const std::vector<Block>& blocks = config.model.architecture().blocks;
    std::vector<size_t> starts;
    for (size_t i = 0; i < blocks.size(); ++i)
        if (i == 0 || blocks[i].stride > 1) starts.push_back(i);
    return starts;
}

std::vector<std::string> stage_blocks(std::string_view count, const ModelConfig& config) {
    const std::vector<size_t> starts = stage_starts(config);
    size_t n = 0;
    const auto [end, error] = std::from_chars(count.data(), count.data() + count.size(), n);
    if (error != std::errc() || end != count.data() + count.size() || n > starts.size())
        throw FreezeError("--freeze stages:{}: {} has stages 1 to {}; 0 freezes the stem alone", count,
                          config.model.name(), starts.size());
    const size_t blocks = n < starts.size() ? starts[n] : config.model.architecture().blocks.size();
    std::vector<std::string> modules;
    for (size_t i = 0; i <= blocks; ++i)
        modules.push_back(fmt::format("features.{}", i));
    return modules;
}

// Returns the modules of a classifier but the last fully connected layer and what follows it.
std::vector<std::string> before_output(const std::vector<std::string>& weights) {
    std::vector<std::string> modules{"features"};
    std::string output;  // the last layer with a weight matrix: "classifier.3"
    for (const std::string& name : weights)
        if (name.starts_with("classifier.")) {
            const std::string module = name.substr(0, name.find('.', sizeof "classifier." - 1));
            const bool normalises = std::ranges::find(weights, module + ".running_mean") != weights.end();
            if (!normalises) output = module;
        }
    for (const std::string& name : weights) {
        const std::string module = name.substr(0, name.find('.', sizeof "classifier." - 1));
        if (!name.starts_with("classifier.")) continue;
        if (module == output) break;
        modules.push_back(module);
    }
    return modules;
}

std::vector<std::string> words_of(std::string_view text) {
    std::vector<std::string> words;
    std::istringstream stream{std::string(text)};
    for (std::string word; std::getline(stream, word, ',');) {
        std::erase(word, ' ');
        if (!word.empty()) words.push_back(word);
    }
    return words;
}

void add(Frozen& frozen, const std::string& word, const std::vector<std::string>& weights,
         const ModelConfig& config) {
    const auto append = [&](const std::vector<std::string>& modules) {
        frozen.modules.insert(frozen.modules.end(), modules.begin(), modules.end());
    };
    constexpr std::string_view stages_word = "stages:";
    if (word == "none") return;
    if (word == "backbone" || word == "head-only" || word == "head") return append({"features"});
    if (word == "all-but-output" || word == "linear-probe") return append(before_output(weights));
    if (word.starts_with(stages_word)) return append(stage_blocks(word.substr(stages_word.size()), config));
    if (word == "bn") {
        frozen.batch_norms = frozen.statistics = true;
        return;
    }
    if (word == "bn-stats") {
        frozen.statistics = true;
        return;
    }
    if (std::ranges::none_of(weights, [&](const std::string& name) { return below(name, word); }))
        throw FreezeError(
            "--freeze {}: say backbone, all-but-output, stages:N, bn, bn-stats, or a module of {} such as "
            "features.3",
            word, config.model.name());
    append({word});
}

bool is_running(std::string_view name) {
    return name.ends_with(".running_mean") || name.ends_with(".running_var");
}

bool is_trained(const Frozen& frozen, const std::string& name, const std::vector<std::string>& weights) {
    if (is_running(name) || frozen.has(name)) return false;
    const std::string module = name.substr(0, name.rfind('.'));
    const bool normalises = std::ranges::find(weights, module + ".running_mean") != weights.end();
    return !(normalises && frozen.batch_norms);
}

}  // namespace

size_t stage_count(const ModelConfig& config) {
    return stage_starts(config).size();
}

std::string Frozen::text() const {
    std::vector<std::string> parts = modules;
    if (batch_norms) parts.emplace_back("bn");
    if (statistics && !batch_norms) parts.emplace_back("bn-stats");
    return parts.empty() ? "none" : fmt::format("{}", fmt::join(parts, "+"));
}

bool Frozen::has(std::string_view path) const {
    return std::ranges::any_of(modules, [&](const std::string& module) { return below(path, module); });
}

bool Frozen::keeps_statistics(std::string_view batch_norm) const {
    return statistics || has(batch_norm);
}

Frozen parse_frozen(std::string_view words, const ModelConfig& config) {
    Frozen frozen;
    const std::vector<std::string> given = words_of(words);
    if (given.empty()) return frozen;
    const std::vector<std::string> weights = weight_names(config);
    for (const std::string& word : given)
        add(frozen, word, weights, config);
    if (std::ranges::none_of(weights,
                             [&](const std::string& name) { return is_trained(frozen, name, weights); }))
        throw FreezeError("--freeze {} leaves nothing to train", words);
    return frozen;
}

}  // namespace vkm::graph
