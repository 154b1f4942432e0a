#include <base/environment.h>
#include <train/data/cifar/cifar.h>
#include <train/data/dataset_kinds.h>
#include <train/data/image_folder.h>
#include <train/data/imagenet/imagenet.h>
#include <train/data/list.h>
#include <train/data/pack/pack_file.h>
#include <train/data/synthetic.h>
#include <train/data/tensors.h>

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <filesystem>

namespace vkm::train {
namespace {

bool always(const std::string&) {
    return true;
}
bool never(const std::string&) {
    return false;
}

constexpr std::array kinds{
    DatasetKind{"synthetic", "[:N]", "drawn by the program", always, check_synthetic, open_synthetic},
    DatasetKind{"cifar10", ":DIR", "the binary or the python release", always, nullptr, open_cifar10},
    DatasetKind{"cifar100", ":DIR", "the same", always, nullptr, open_cifar100},
    DatasetKind{"imagefolder", ":DIR", "DIR/train/CLASS/* and DIR/val/CLASS/*, or DIR/CLASS/*",
                image_folder_has_parts, nullptr, open_image_folder},
    DatasetKind{"imagenet", ":DIR", "ILSVRC2012 as released, with its development kit", always, nullptr,
                open_imagenet},
    DatasetKind{"list", ":FILE.csv", "rows of path,label", list_has_parts, nullptr, open_list},
    DatasetKind{"pack", ":FILE", "what `vkmbv3 pack` wrote", pack_has_parts, nullptr, open_pack},
    DatasetKind{"tensors", ":FILE.safetensors", "normalised images and labels", never, nullptr, open_tensors},
};

struct Specification {
    const DatasetKind* kind;
    std::string argument;
};

std::string known_usages() {
    std::string known;
    for (const DatasetKind& kind : kinds)
        known += (known.empty() ? "" : ", ") + kind.usage();
    return known;
}

Specification parse(std::string_view spec) {
    const size_t colon = spec.find(':');
    const auto* kind = std::ranges::find(kinds, spec.substr(0, colon), &DatasetKind::scheme);
    if (kind == kinds.end())
        throw DatasetError("unknown kind of data '{}': use one of {}", spec, known_usages());
    std::string argument(colon == std::string_view::npos ? "" : spec.substr(colon + 1));
    if (argument.empty() && (kind->argument_required() || colon != std::string_view::npos))
        throw DatasetError("data '{}' lacks what comes after the colon: write {}", spec, kind->usage());
    // A shell leaves this alone behind a colon.
    if (const std::string home = home_folder().string(); !home.empty() && argument.starts_with("~/"))
        argument.replace(0, 1, home);
    return {kind, std::move(argument)};
}

}  // namespace

std::span<const DatasetKind> dataset_kinds() {
    return kinds;
}

std::shared_ptr<const Dataset> open_dataset(std::string_view spec, Split split,
                                            const DatasetOptions& options) {
    const auto [kind, argument] = parse(spec);
    if (options.class_order == ClassOrder::ilsvrc && kind->open != open_imagenet)
        throw DatasetError("--class-order ilsvrc is an order of imagenet:DIR's classes, and not of {}", spec);
    auto dataset = kind->open(argument, split, options);
    // Classes with names are matched by name (train/data/classes.h).
    if (options.num_classes > 0 && dataset->class_names().empty() &&
        dataset->num_classes() > options.num_classes) {
        throw DatasetError("{} has {} classes but the model has {}: pass --num-classes {}", spec,
                           dataset->num_classes(), options.num_classes, dataset->num_classes());
    }
    return dataset;
}

bool has_splits(std::string_view spec) {
    const auto [kind, argument] = parse(spec);
    return kind->has_splits(argument);
}

std::string with_whole_path(std::string_view spec) {
    const auto [kind, argument] = parse(spec);
    if (!kind->argument_required()) return std::string(spec);
    return fmt::format("{}:{}", kind->scheme,
                       std::filesystem::absolute(argument).lexically_normal().string());
}

void check_specification(std::string_view spec) {
    const auto [kind, argument] = parse(spec);
    if (kind->check != nullptr) kind->check(argument);
}

}  // namespace vkm::train
