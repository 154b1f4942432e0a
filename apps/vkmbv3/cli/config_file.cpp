#include "cli/config_file.h"

#include "cli/usage_error.h"

#include <base/error.h>

#include <fmt/core.h>
#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace vkm::apps {
namespace {

std::string one_line(std::string text) {
    std::replace(text.begin(), text.end(), '\n', ' ');
    return text;
}

std::string text_of(const YAML::Node& value) {
    if (value.IsNull()) return {};
    if (!value.IsSequence()) return value.as<std::string>();
    std::string list;
    for (const YAML::Node& item : value)
        list += (list.empty() ? "" : ",") + item.as<std::string>();
    return list;
}

}  // namespace

std::vector<std::string> with_config_file(std::vector<std::string> arguments, const CLI::App& command) {
    GivenOptions given(std::move(arguments), command);
    const std::string file = configuration_file(given);
    if (!file.empty()) given.add(read_config(file), file);
    return given.arguments();
}

std::string configuration_file(const GivenOptions& given) {
    if (given.has("config")) return given.value("config").value_or("");
    return configuration_of_run(given);
}

std::string configuration_of_run(const GivenOptions& given) {
    const std::optional<std::string> run = given.value("resume");
    if (!run) return {};
    const std::filesystem::path file = std::filesystem::path(*run) / "config.yaml";
    std::error_code error;
    const bool exists = std::filesystem::exists(file, error);
    if (error) throw Error("--resume {}: {}; check the path and its permissions", *run, error.message());
    return exists ? file.string() : "";  // the command itself says that there is no run
}

OptionValues parse_config(const std::string& text, const std::string& source) {
    OptionValues entries;
    try {
        const YAML::Node root = YAML::Load(text);
        if (root.IsNull()) return {};
        if (!root.IsMap())
            throw UsageError(
                fmt::format("{} is not a map of option names to values, such as `batch-size: 128`", source));
        for (const auto& entry : root)
            entries.emplace_back(entry.first.as<std::string>(), text_of(entry.second));
    } catch (const YAML::Exception& error) {
        throw UsageError(fmt::format("{} is not a YAML map of option names to values: {}", source,
                                     one_line(error.what())));
    }
    return entries;
}

OptionValues read_config(const std::string& path) {
    std::ifstream file(path);
    if (!file || std::filesystem::is_directory(path))
        throw UsageError(fmt::format("--config {}: the file cannot be read; check the path", path));
    std::ostringstream text;
    text << file.rdbuf();
    return parse_config(text.str(), path);
}

std::string config_text(const CLI::App& command, const std::map<std::string, std::string>& resolved,
                        const std::set<std::string>& left_out) {
    YAML::Emitter out;
    out << YAML::BeginMap;
    for (const CLI::Option* option : command.get_options()) {
        const std::string name = long_name(*option);
        if (name.empty() || name == "config" || name == "help" || left_out.contains(name)) continue;
        const auto found = resolved.find(name);
        const std::string value = found != resolved.end() ? found->second
                                  : option->count() > 0   ? option->reduced_results().back()
                                                          : option->get_default_str();
        if (value.empty()) continue;
        out << YAML::Key << name << YAML::Value;
        if (value.find('\n') != std::string::npos) out << YAML::Literal;  // a network's table
        out << value;
    }
    out << YAML::EndMap;
    return std::string(out.c_str()) + "\n";
}

}  // namespace vkm::apps
