#include "commands/data_options.h"

#include <train/data/dataset_kinds.h>

namespace vkm::apps {

CLI::Range worker_counts() {
    return {0, 1024};
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
