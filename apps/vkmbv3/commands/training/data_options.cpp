#include "commands/training/data_options.h"

#include <train/data/dataset_kinds.h>

namespace vkm::apps {

CLI::Range worker_counts() {
    return {0, 1024};
}

std::string data_help() {
    std::string help;
    for (const train::DatasetKind& kind : train::dataset_kinds())
        help += (help.empty() ? "" : ", ") + kind.usage() + " (" + std::string(kind.help) + ")";
    return help;
}

CLI::Validator data_specification() {
    return {[](std::string& text) -> std::string {
                try {
                    train::has_splits(text);
                    return {};
                } catch (const train::DatasetError& error) {
                    return error.what();
                }
            },
            ""};
}

}  // namespace vkm::apps
