#include "cli/placement_option.h"

#include <string>

namespace vkm::apps {

void add_placement_option(CLI::App& app, bool& staged) {
    app.add_option_function<std::string>(
           "--placement", [&staged](const std::string& placement) { staged = placement == "pipeline"; },
           "what each of several devices has: replicate (the whole network, for other batches), pipeline (its part of the "
           "layers, through which batches follow one another); default: replicate")
        ->check(CLI::IsMember({"replicate", "pipeline"}));
}

}  // namespace vkm::apps
