#include "yaml_config.h"

#include <yaml-cpp/yaml.h>

namespace vkm::apps {

std::string YamlConfig::to_config(const CLI::App* app, bool default_also, bool, std::string) const {
    YAML::Emitter out;
    out << YAML::BeginMap;
    for (const CLI::Option* option : app->get_options()) {
        if (option->get_lnames().empty() || !option->get_configurable()) continue;
        const std::string name = option->get_lnames().front();
        if (option->count() > 0) {
            const std::vector<std::string> values = option->reduced_results();
            if (values.size() == 1)
                out << YAML::Key << name << YAML::Value << values.front();
            else
                out << YAML::Key << name << YAML::Value << YAML::Flow << values;
        } else if (default_also && !option->get_default_str().empty()) {
            out << YAML::Key << name << YAML::Value << option->get_default_str();
        }
    }
    out << YAML::EndMap;
    return std::string(out.c_str()) + "\n";
}

std::vector<CLI::ConfigItem> YamlConfig::from_config(std::istream& input) const {
    YAML::Node root;
    try {
        root = YAML::Load(input);
    } catch (const YAML::Exception& error) {
        throw CLI::ConfigError(std::string("the configuration file is not YAML: ") + error.what());
    }
    if (root.IsNull()) return {};
    if (!root.IsMap()) throw CLI::ConfigError("the configuration file is not a map of option names to values");
    std::vector<CLI::ConfigItem> options;
    try {
        for (const auto& entry : root) {
            CLI::ConfigItem item;
            item.name = entry.first.as<std::string>();
            if (entry.second.IsSequence())
                item.inputs = entry.second.as<std::vector<std::string>>();
            else
                item.inputs = {entry.second.as<std::string>()};
            options.push_back(std::move(item));
        }
    } catch (const YAML::Exception& error) {
        throw CLI::ConfigError(std::string("the configuration file must map option names to values: ") + error.what());
    }
    return options;
}

}  // namespace vkm::apps
