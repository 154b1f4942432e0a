#include "cli/model_options.h"

#include "cli/usage_error.h"

#include <fmt/core.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <set>

namespace vkm::apps {
namespace {

// Says once that timm has another network under a name of its own: V3 at widths other than 1 has its channels here as
// torchvision has them.
void say_what_is_not_timms(const std::string& name, const graph::ModelConfig& config) {
    static std::set<std::string> said;
    const std::string& theirs = config.model.timm_name();
    const std::string ours(config.model.name());
    const bool spelt_so = !theirs.empty() && name != ours && name.find(theirs) != std::string::npos;
    if (!spelt_so || config.width == 1) return;
    const graph::Model* const own =
        graph::find_model("timm" + ours.substr(std::min(ours.find('_'), ours.size())));
    const char* const tensorflows =
        name.starts_with("tf_") ? " --padding same --bn-eps 0.001 --mean 0.5,0.5,0.5 --std 0.5,0.5,0.5" : "";
    if (own && said.insert(name).second)
        spdlog::info("{} is torchvision's network at width {}; timm's own is --model {} --width {}{}", name,
                     config.width, own->name(), config.width, tensorflows);
}

}  // namespace

void ModelArguments::add(CLI::App& app) {
    for (const graph::ModelOption& option : graph::model_options())
        app.add_option("--" + std::string(option.name), given[std::string(option.name)], option.help)
            ->group("Model");
}

graph::ModelConfig ModelArguments::resolve(const std::optional<graph::ModelConfig>& from_weights) const {
    graph::ModelOptions options;
    for (const auto& [name, value] : given)
        if (!value.empty()) options[name] = value;
    try {
        const graph::ModelConfig config =
            graph::with_options(from_weights.value_or(graph::ModelConfig{}), options);
        graph::architecture(config);  // refuses a width that leaves a layer without channels
        if (const auto name = options.find("model"); name != options.end())
            say_what_is_not_timms(name->second, config);
        return config;
    } catch (const graph::ConfigError& error) {
        throw UsageError(error.what());
    }
}

}  // namespace vkm::apps
