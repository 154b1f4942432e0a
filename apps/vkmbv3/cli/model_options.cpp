#include "cli/model_options.h"

#include "commands/command.h"

namespace vkm::apps {

void ModelArguments::add(CLI::App& app) {
    for (const std::string_view name : graph::model_option_names()) {
        CLI::Option* const option = app.add_option("--" + std::string(name), given[std::string(name)]);
        option->group("Model");
    }
    app.get_option("--model")->description(
        "mobilenet_v3_small, mobilenet_v3_large, mobilenet_v2, …_minimalistic, or timm's names");
}

graph::ModelConfig ModelArguments::resolve(const std::optional<graph::ModelConfig>& from_weights) const {
    graph::ModelOptions options;
    for (const auto& [name, value] : given)
        if (!value.empty()) options[name] = value;
    try {
        return graph::with_options(from_weights.value_or(graph::ModelConfig{}), options);
    } catch (const graph::ConfigError& error) {
        throw UsageError(error.what());
    }
}

}  // namespace vkm::apps
