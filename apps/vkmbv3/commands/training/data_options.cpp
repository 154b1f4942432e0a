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

namespace {

CLI::Validator fractions() {
    return {[](std::string& text) -> std::string {
                double value = 0;
                if (CLI::detail::lexical_cast(text, value) && value >= 0 && value < 1) return {};
                return text + " is not a fraction of the images, 0 or more and below 1";
            },
            "F"};
}

}  // namespace

void HoldBackArguments::add(CLI::App& app, const std::string& effect, const std::string& group) {
    app.add_option("--val-split", fraction, effect)->check(fractions())->capture_default_str()->group(group);
    app.add_option("--val-least", of_each,
                   "with --val-split: at least so many of every class, which keeps one to train on")
        ->check(CLI::Range(0, 1'000'000, "COUNT"))
        ->type_name("N")
        ->capture_default_str()
        ->group(group);
}

void HoldBackArguments::check() const {
    if (of_each > 0 && fraction == 0)
        throw UsageError(fmt::format(
            "--val-least {} is the least of what --val-split holds back: give a share, too", of_each));
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

std::shared_ptr<const train::Dataset> open_evaluated(const std::string& data,
                                                     const HoldBackArguments& held_back,
                                                     const train::DatasetOptions& options,
                                                     const std::string& class_order) {
    held_back.check();
    const train::Split split = held_back.fraction == 0 ? train::Split::val : train::Split::train;
    auto opened = open_ordered(data, split, options, class_order);
    if (held_back.fraction == 0) return opened;
    return train::hold_back(opened, held_back.with_seed(options.seed)).validation;
}

}  // namespace vkm::apps
