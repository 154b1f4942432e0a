#include "cli/common_options.h"
#include "cli/json_output.h"
#include "cli/model_options.h"
#include "cli/weights_input.h"
#include "commands/command.h"

#include <graph/models/model_yaml.h>
#include <graph/models/network.h>
#include <graph/summary.h>
#include <graph/weights/parameters.h>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <optional>
#include <string>

namespace vkm::apps {
namespace {

nlohmann::json to_json(const graph::ModelConfig& model, const graph::Summary& summary) {
    nlohmann::json layers = nlohmann::json::array();
    for (const graph::LayerSummary& layer : summary.layers)
        layers.push_back({{"name", layer.layer},
                          {"operator", layer.operation},
                          {"shape", {layer.output.n, layer.output.c, layer.output.h, layer.output.w}},
                          {"parameters", layer.parameters},
                          {"macs", layer.multiply_adds}});
    return {{"model", graph::model_name(model.model)},
            {"parameters", summary.parameters},
            {"macs", summary.multiply_adds},
            {"layers", layers}};
}

}  // namespace

Run summary_command(CLI::App& app) {
    struct Options {
        CommonOptions common;
        ModelArguments model;
        std::string weights;
        bool yaml = false;
    };
    const auto options = std::make_shared<Options>();
    options->common.add(app);
    options->model.add(app);
    app.add_option("--weights", options->weights, "the network of this file, as it is recognised");
    app.add_flag("--yaml", options->yaml,
                 "print the network as a YAML file that --model takes (docs/models.md)");
    return [options] {
        if (options->yaml && options->common.json)
            throw UsageError("--yaml and --json both say what is printed: give one");
        std::optional<graph::ModelFile> file;
        if (!options->weights.empty())
            file = read_weights(options->weights, options->model, options->common.quiet);
        const graph::ModelConfig model = options->model.resolve(file ? file->config : std::nullopt);
        graph::Graph network;
        const graph::ValueId images =
            network.input("images", graph::f32({1, model.input_size, model.input_size, 3}));
        graph::build_network(network, model, images, graph::Mode::evaluation);
        // Options may name a network that the file's weights are not of.
        if (file) graph::match_weights(network, file->weights, {.replace_classifier = true});
        if (options->yaml) {
            fmt::print("{}", graph::to_yaml(model.model, graph::to_options(model)));
            return 0;
        }
        const graph::Summary summary = graph::summarise(network);
        if (options->common.json)
            print_json(to_json(model, summary), 2);
        else
            fmt::print("{}", graph::table(summary));
        return 0;
    };
}

}  // namespace vkm::apps
