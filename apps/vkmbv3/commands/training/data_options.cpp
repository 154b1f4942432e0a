#include "commands/training/data_options.h"

#include <infer/labels/labels.h>
#include <train/data/classes.h>
#include <train/data/dataset_kinds.h>
#include <train/data/held_back.h>

namespace vkm::apps {

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

CLI::Option* add_class_order(CLI::App& app, std::string& class_order) {
    return app.add_option(
        "--class-order", class_order,
        "how the data's classes are numbered: wnid (sorted, the default), ilsvrc (imagenet:DIR's by the "
        "ids of its development kit), or a file of class names in order, as --labels takes it");
}

std::shared_ptr<const train::Dataset> open_ordered(const std::string& data, train::Split split,
                                                   train::DatasetOptions options,
                                                   const std::string& class_order) {
    if (class_order == "ilsvrc") options.class_order = train::ClassOrder::ilsvrc;
    const bool by_file = !class_order.empty() && class_order != "ilsvrc" && class_order != "wnid";
    if (!by_file) return train::open_dataset(data, split, options);
    infer::Labels labels = infer::read_labels(class_order);
    const auto count = static_cast<int>(labels.names.size());
    return train::in_order(train::open_dataset(data, split, options), data,
                           {.owner = class_order,
                            .count = count,
                            .names = std::move(labels.names),
                            .ids = std::move(labels.ids),
                            .otherwise = "add them to " + class_order});
}

std::shared_ptr<const train::Dataset> open_evaluated(const std::string& data, double val_split,
                                                     const train::DatasetOptions& options,
                                                     const std::string& class_order) {
    const train::Split split = val_split == 0 ? train::Split::val : train::Split::train;
    auto opened = open_ordered(data, split, options, class_order);
    return val_split == 0 ? opened : train::hold_back(opened, val_split, options.seed).validation;
}

}  // namespace vkm::apps
