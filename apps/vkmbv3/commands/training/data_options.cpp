#include "commands/training/data_options.h"

#include <train/data/dataset_kinds.h>
#include <train/data/held_back.h>

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
                    train::check_specification(text);
                    return {};
                } catch (const train::DatasetError& error) {
                    return error.what();
                }
            },
            ""};
}

CLI::Validator val_split_fractions() {
    return {[](std::string& text) -> std::string {
                double value = 0;
                if (CLI::detail::lexical_cast(text, value) && value >= 0 && value < 1) return {};
                return text + " is not a fraction of the images, 0 or more and below 1";
            },
            "F"};
}

std::string val_split_help() {
    return "hold this share of every class's training images back for validation, chosen by --seed";
}

std::shared_ptr<const train::Dataset> open_evaluated(const std::string& data, double val_split,
                                                     const train::DatasetOptions& options) {
    if (val_split == 0) return train::open_dataset(data, train::Split::val, options);
    return train::hold_back(train::open_dataset(data, train::Split::train, options), val_split, options.seed)
        .validation;
}

}  // namespace vkm::apps
