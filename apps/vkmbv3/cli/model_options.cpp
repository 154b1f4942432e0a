#include "cli/model_options.h"

#include "cli/usage_error.h"

namespace vkm::apps {

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
        return config;
    } catch (const graph::ConfigError& error) {
        throw UsageError(error.what());
    }
}

}  // namespace vkm::apps
