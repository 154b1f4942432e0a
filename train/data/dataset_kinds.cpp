#include <train/data/cifar.h>
#include <train/data/dataset_kinds.h>
#include <train/data/image_folder.h>
#include <train/data/list.h>
#include <train/data/synthetic.h>
#include <train/data/tensors.h>

#include <algorithm>
#include <array>

namespace vkm::train {
namespace {

constexpr std::array kinds{
    DatasetKind{"synthetic", "[:N]", "drawn by the program", true, open_synthetic},
    DatasetKind{"cifar10", ":DIR", "the binary release", true, open_cifar10},
    DatasetKind{"cifar100", ":DIR", "the binary release", true, open_cifar100},
    DatasetKind{"imagefolder", ":DIR", "DIR/train/CLASS/*, DIR/val/CLASS/*", true, open_image_folder},
    DatasetKind{"list", ":FILE.csv", "rows of path,label", false, open_list},
    DatasetKind{"tensors", ":FILE.safetensors", "normalised images and labels", false, open_tensors},
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
    return {kind, std::move(argument)};
}

}  // namespace

std::span<const DatasetKind> dataset_kinds() {
    return kinds;
}

std::shared_ptr<const Dataset> open_dataset(std::string_view spec, Split split,
                                            const DatasetOptions& options) {
    const auto [kind, argument] = parse(spec);
    auto dataset = kind->open(argument, split, options);
    if (options.num_classes > 0 && dataset->num_classes() > options.num_classes) {
        throw DatasetError("{} has {} classes but the model has {}: pass --num-classes {}", spec,
                           dataset->num_classes(), options.num_classes, dataset->num_classes());
    }
    return dataset;
}

bool has_splits(std::string_view spec) {
    return parse(spec).kind->has_splits;
}

}  // namespace vkm::train
