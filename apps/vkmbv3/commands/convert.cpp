#include "cli/common_options.h"
#include "cli/file_names.h"
#include "cli/json_output.h"
#include "cli/model_options.h"
#include "cli/weights_input.h"
#include "commands/command.h"

#include <graph/models/network.h>
#include <graph/weights/identify.h>
#include <graph/weights/network_file/recognise.h>
#include <graph/weights/original_names.h>
#include <graph/weights/weights_file.h>
#include <graph/weights/written_form.h>

#include <fmt/core.h>
#include <fmt/ranges.h>
#include <spdlog/spdlog.h>
#include <nlohmann/json.hpp>

#include <filesystem>
#include <map>
#include <memory>
#include <ranges>

namespace vkm::apps {
namespace {

constexpr const char* torchvision = "torchvision";
constexpr const char* original = "original";

struct ConvertOptions {
    CommonOptions common;
    ModelArguments model;
    std::string in, out, names = torchvision;
    std::vector<std::string> metadata;
    bool fold = false, half = false;
};

int64_t parameters_of(const graph::ModelConfig& config, const graph::StateDict& state) {
    int64_t parameters = 0;
    for (const graph::ParameterInfo& info : graph::weight_list(config))
        if (info.name.find(".running_") == std::string::npos && state.find(info.name))
            parameters += graph::element_count(info.torch_shape).value_or(0);
    return parameters;
}

// Says where the dialect's program would compute something else: names do not tell it of these options.
graph::StateDict in_dialect(graph::StateDict state, const graph::ModelConfig& model,
                            const graph::Dialect& dialect, const graph::ModelFile& file) {
    for (const graph::Convention& one : graph::other_conventions(model, dialect))
        spdlog::warn("this network has {} {}, where {} takes it to have {}: set it there", one.option,
                     one.here, dialect.name, one.theirs);
    return graph::rename_to_original(std::move(state), model, dialect, file.without_use);
}

// Gives weights other names than torchvision's.
graph::StateDict renamed(graph::StateDict state, const std::string& names, const graph::ModelConfig& model,
                         const graph::ModelFile& file) {
    if (names != original) {
        const graph::Dialect* dialect = graph::dialect_called(names, model.model);
        if (!dialect)
            throw UsageError(
                fmt::format("{} has no names for {}; leave out --names, or name a program that has it", names,
                            graph::model_name(model.model)));
        return in_dialect(std::move(state), model, *dialect, file);
    }
    if (file.dialect) return in_dialect(std::move(state), model, *file.dialect, file);
    graph::rename_to_original(state, file.original);
    return state;
}

// Returns whether a file is read by a metadata's key: model options, class names, names of tensors, a checkpoint's own.
bool is_read_by(const std::string& key, const graph::StateDict& described) {
    return described.metadata.contains(key) || key == graph::class_names_key ||
           key == graph::original_names_key || key == graph::assumed_key || key.starts_with("torch.");
}

// Adds what people say of the weights, KEY=TEXT each, to what this program says of them.
void add_metadata(graph::StateDict& state, const std::vector<std::string>& entries, const std::string& out) {
    if (!entries.empty() && extension_of(out) == ".ckpt")
        throw UsageError(
            "--metadata: MindSpore's .ckpt has no place for it; write .safetensors, .pth or .onnx");
    std::map<std::string, std::string> said;
    for (const std::string& entry : entries) {
        const size_t equals = entry.find('=');
        if (equals == 0 || equals == std::string::npos)
            throw UsageError(fmt::format("--metadata {}: give KEY=TEXT, such as licence=CC0", entry));
        const std::string key = entry.substr(0, equals);
        if (is_read_by(key, state))
            throw UsageError(
                fmt::format("--metadata {}: by '{}' the network is read; use another key", entry, key));
        if (!said.emplace(key, entry.substr(equals + 1)).second)
            throw UsageError(fmt::format("--metadata {}: '{}' is given twice: give it once", entry, key));
    }
    state.metadata.merge(said);
}

// Keeps what people have said of the weights before: a licence, where they are from. What --metadata says anew comes first.
void keep_metadata(graph::StateDict& state, const std::map<std::string, std::string>& before,
                   const std::string& out) {
    std::map<std::string, std::string> kept;
    for (const auto& [key, text] : before)
        // A checkpoint of training says where it stopped, which its weights alone do not go on from.
        if (!is_read_by(key, state) && key != "position" && key != "checksum") kept.emplace(key, text);
    if (kept.empty()) return;
    if (extension_of(out) != ".ckpt") return state.metadata.merge(kept);
    spdlog::warn("{}: MindSpore's .ckpt has no place for metadata, which are left out: {}", out,
                 fmt::join(std::views::keys(kept), ", "));
}

int convert(const ConvertOptions& options) {
    std::error_code none;
    if (std::filesystem::equivalent(options.in, options.out, none))
        throw UsageError("convert writes another file than it reads: name another OUT");
    if (const graph::WeightFormat* format = graph::written_format(options.out);
        format && format->writes_network && options.names != torchvision)
        throw UsageError(fmt::format(
            "--names {} names the tensors of a state dict, and {} is a network: leave --names away, or write another "
            "format",
            options.names, format->extension));
    const graph::ModelFile file = read_weights(options.in, options.model, options.common.quiet);
    const graph::ModelConfig model = options.model.resolve(file.config);
    graph::StateDict state = graph::complete_state_dict(
        model, file.weights, file.class_names, file.dialect ? file.dialect->name : std::string_view());
    const int64_t parameters = parameters_of(model, state);
    if (options.fold) graph::fold_batch_norms(state, model);
    if (options.half) graph::round_to_half(state);
    if (options.names != torchvision) state = renamed(std::move(state), options.names, model, file);
    add_metadata(state, options.metadata, options.out);
    keep_metadata(state, file.weights.metadata, options.out);
    graph::save_weights(options.out, state);
    if (options.common.json)
        print_json({{"tensors", state.tensors.size()},
                    {"parameters", parameters},
                    {"model", graph::model_name(model.model)}});
    else
        fmt::print("{}: {}, {} tensors, {} parameters\n", options.out, graph::model_name(model.model),
                   state.tensors.size(), parameters);
    return 0;
}

}  // namespace

Run convert_command(CLI::App& app) {
    const auto options = std::make_shared<ConvertOptions>();
    options->common.add(app);
    options->model.add(app);
    app.add_option("IN", options->in, "a weights file of any format that is read")->required();
    app.add_option("OUT", options->out, "the file to write; its extension names the format")->required();
    std::vector<std::string> names = graph::dialect_names();
    names.insert(names.begin(), {torchvision, original});
    app.add_option("--names", options->names,
                   "tensors' names: torchvision's, those that the weights came under, or a program's")
        ->transform(CLI::IsMember(names, CLI::ignore_case).description(""))
        ->capture_default_str();
    app.add_flag("--fold", options->fold, "fold batch norm into the convolutions");
    app.add_flag("--fp16", options->half, "round to half precision");
    app.add_option("--metadata", options->metadata,
                   "KEY=TEXT: what else the file says of itself, such as its licence; may be repeated")
        ->allow_extra_args(false);
    return [options] { return convert(*options); };
}

}  // namespace vkm::apps
