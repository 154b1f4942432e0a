#include "cli/config_file.h"

#include "commands/command.h"

#include <base/error.h>

#include <fmt/core.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <optional>

namespace vkm::apps {
namespace {

using Arguments = std::vector<std::string>;

bool given(const Arguments& arguments, const std::string& name) {
    return std::any_of(arguments.begin(), arguments.end(), [&](const std::string& argument) {
        return argument == "--" + name || argument.starts_with("--" + name + "=");
    });
}

std::optional<std::string> value_of(const Arguments& arguments, const std::string& name) {
    const std::string assignment = "--" + name + "=";
    for (size_t i = 0; i < arguments.size(); ++i) {
        if (arguments[i].starts_with(assignment)) return arguments[i].substr(assignment.size());
        if (arguments[i] == "--" + name && i + 1 < arguments.size()) return arguments[i + 1];
    }
    return {};
}

std::optional<std::string> file_of(const Arguments& arguments) {
    if (given(arguments, "config")) return value_of(arguments, "config");
    const std::optional<std::string> run = value_of(arguments, "resume");
    if (!run) return {};
    const std::filesystem::path file = std::filesystem::path(*run) / "config.yaml";
    std::error_code error;
    const bool exists = std::filesystem::exists(file, error);
    if (error) throw Error("--resume {}: {}; check the path and its permissions", *run, error.message());
    if (!exists) return {};  // that there is no run is for the command to say
    return file.string();
}

std::string one_line(std::string text) {
    std::replace(text.begin(), text.end(), '\n', ' ');
    return text;
}

std::string text_of(const YAML::Node& value) {
    if (!value.IsSequence()) return value.as<std::string>();
    std::string list;
    for (const YAML::Node& item : value)
        list += (list.empty() ? "" : ",") + item.as<std::string>();
    return list;
}

std::vector<std::pair<std::string, std::string>> read(const std::string& path) {
    std::ifstream file(path);
    if (!file || std::filesystem::is_directory(path))
        throw UsageError(fmt::format("--config {}: the file cannot be read; check the path", path));
    std::vector<std::pair<std::string, std::string>> entries;
    try {
        const YAML::Node root = YAML::Load(file);
        if (root.IsNull()) return {};
        if (!root.IsMap())
            throw UsageError(
                fmt::format("{} is not a map of option names to values, such as `batch-size: 128`", path));
        for (const auto& entry : root)
            entries.emplace_back(entry.first.as<std::string>(), text_of(entry.second));
    } catch (const YAML::Exception& error) {
        throw UsageError(
            fmt::format("{} is not a YAML map of option names to values: {}", path, one_line(error.what())));
    }
    return entries;
}

std::string name_of(const CLI::Option& option) {
    return option.get_lnames().empty() ? std::string() : option.get_lnames().front();
}

}  // namespace

std::vector<std::string> with_config_file(std::vector<std::string> arguments, const CLI::App& command) {
    const std::optional<std::string> path = file_of(arguments);
    if (!path) return arguments;
    Arguments added;
    for (const auto& [name, value] : read(*path)) {
        if (name == "config" || name == "help" || command.get_option_no_throw("--" + name) == nullptr)
            throw UsageError(fmt::format("{}: unknown option '{}'; see vkmbv3 {} --help", *path, name,
                                         command.get_name()));
        if (!given(arguments, name)) added.push_back(fmt::format("--{}={}", name, value));
    }
    arguments.insert(arguments.end(), added.begin(), added.end());
    return arguments;
}

std::string config_text(const CLI::App& command, const std::map<std::string, std::string>& resolved,
                        const std::set<std::string>& left_out) {
    YAML::Emitter out;
    out << YAML::BeginMap;
    for (const CLI::Option* option : command.get_options()) {
        const std::string name = name_of(*option);
        if (name.empty() || name == "config" || name == "help" || left_out.contains(name)) continue;
        const auto found = resolved.find(name);
        const std::string value = found != resolved.end() ? found->second
                                  : option->count() > 0   ? option->reduced_results().back()
                                                          : option->get_default_str();
        if (!value.empty()) out << YAML::Key << name << YAML::Value << value;
    }
    out << YAML::EndMap;
    return std::string(out.c_str()) + "\n";
}

}  // namespace vkm::apps
