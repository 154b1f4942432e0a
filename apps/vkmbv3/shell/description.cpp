#include "shell/description.h"

#include <sstream>

namespace vkm::apps {
namespace {

// CLI11 keeps a list of choices in the type's name alone: "TEXT:{step,epoch}".
std::vector<std::string> choices_in(const std::string& type) {
    const size_t open = type.find('{'), close = type.rfind('}');
    std::vector<std::string> choices;
    if (open == type.npos || close == type.npos || close < open) return choices;
    std::istringstream list(type.substr(open + 1, close - open - 1));
    for (std::string choice; std::getline(list, choice, ',');)
        choices.push_back(choice);
    return choices;
}

OptionDescription described(const CLI::Option& option) {
    OptionDescription description;
    description.help = option.get_description();
    if (!option.get_lnames().empty()) description.long_name = "--" + option.get_lnames().front();
    if (!option.get_snames().empty()) description.short_name = "-" + option.get_snames().front();
    if (option.get_items_expected_max() == 0) return description;
    const std::string type = option.get_type_name();
    description.choices = choices_in(type);
    description.value = type.substr(0, type.find(':'));
    return description;
}

}  // namespace

CommandDescription described(const CLI::App& app) {
    CommandDescription command;
    command.name = app.get_name();
    command.help = app.get_description();
    for (const CLI::Option* option : app.get_options()) {
        if (option->get_group().empty()) continue;
        if (option->get_positional())
            command.arguments.push_back({option->get_name(true), option->get_description(),
                                         option->get_required(), choices_in(option->get_type_name())});
        else
            command.options.push_back(described(*option));
    }
    return command;
}

}  // namespace vkm::apps
