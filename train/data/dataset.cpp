#include <train/data/cifar.h>
#include <train/data/dataset.h>
#include <train/data/image_folder.h>
#include <train/data/list.h>
#include <train/data/synthetic.h>
#include <train/data/tensors.h>

#include <algorithm>
#include <array>

namespace vkm::train {
namespace {

struct Scheme {
    std::string_view name;
    std::string_view usage;
    bool argument_required;
    bool has_splits;
    std::shared_ptr<const Dataset> (*open)(const std::string& argument, Split, const DatasetOptions&);
};

constexpr std::array schemes{
    Scheme{"synthetic", "synthetic[:N]", false, true, open_synthetic},
    Scheme{"cifar10", "cifar10:DIR", true, true, open_cifar10},
    Scheme{"cifar100", "cifar100:DIR", true, true, open_cifar100},
    Scheme{"imagefolder", "imagefolder:DIR", true, true, open_image_folder},
    Scheme{"list", "list:FILE.csv", true, false, open_list},
    Scheme{"tensors", "tensors:FILE.safetensors", true, false, open_tensors},
};

struct Spec {
    const Scheme* scheme;
    std::string argument;
};

Spec parse(std::string_view spec) {
    const size_t colon = spec.find(':');
    const std::string_view name = spec.substr(0, colon);
    const auto* scheme =
        std::find_if(schemes.begin(), schemes.end(), [&](const Scheme& s) { return s.name == name; });
    if (scheme == schemes.end()) {
        std::string known;
        for (const Scheme& s : schemes)
            known += (known.empty() ? "" : ", ") + std::string(s.usage);
        throw DatasetError("unknown kind of data '{}': use one of {}", spec, known);
    }
    std::string argument(colon == std::string_view::npos ? "" : spec.substr(colon + 1));
    if (argument.empty() && (scheme->argument_required || colon != std::string_view::npos)) {
        throw DatasetError("data '{}' lacks what comes after the colon: write {}", spec, scheme->usage);
    }
    return {scheme, std::move(argument)};
}

}  // namespace

std::shared_ptr<const Dataset> open_dataset(std::string_view spec, Split split,
                                            const DatasetOptions& options) {
    const auto [scheme, argument] = parse(spec);
    auto dataset = scheme->open(argument, split, options);
    if (options.num_classes > 0 && dataset->num_classes() > options.num_classes) {
        throw DatasetError("{} has {} classes but the model has {}: pass --num-classes {}", spec,
                           dataset->num_classes(), options.num_classes, dataset->num_classes());
    }
    return dataset;
}

bool has_splits(std::string_view spec) {
    return parse(spec).scheme->has_splits;
}

}  // namespace vkm::train
