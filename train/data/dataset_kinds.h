#pragma once

#include <train/data/dataset.h>

#include <span>
#include <string_view>

namespace vkm::train {

/// Describes a kind of data set that a specification, SCHEME[:ARGUMENT], may name.
struct DatasetKind {
    std::string_view scheme;
    std::string_view argument;  ///< how it is written: ":DIR"; "[:N]" where it may be left out
    std::string_view help;      ///< what it is, in a few words
    /// Returns whether it holds training and validation images apart. Looks, where data may or may not.
    bool (*has_splits)(const std::string& argument);
    /// Throws DatasetError for an argument that no data could make right; null: none is known to be wrong.
    void (*check)(const std::string& argument);
    /// Opens a data set. Throws DatasetError, or what reading its files throws.
    std::shared_ptr<const Dataset> (*open)(const std::string& argument, Split, const DatasetOptions&);

    bool argument_required() const { return argument.starts_with(':'); }
    std::string usage() const { return std::string(scheme) + std::string(argument); }
};

/// Returns every kind, one row each.
std::span<const DatasetKind> dataset_kinds();

/// Opens a specification of the form SCHEME[:ARGUMENT], see docs/cli.md. Throws DatasetError; for an unknown
/// scheme it lists the known ones. Labels of unnamed classes beyond options.num_classes are an error.
std::shared_ptr<const Dataset> open_dataset(std::string_view spec, Split split,
                                            const DatasetOptions& options);

/// Returns whether the specification holds training and validation images apart, so that it can serve
/// --val-data too. False where it is one set whatever the split (tensors, most lists, DIR/CLASS/*).
/// Throws DatasetError for an unknown scheme.
bool has_splits(std::string_view spec);

/// Returns the specification with a path that holds in any working directory. Throws DatasetError for a wrong one.
std::string with_whole_path(std::string_view spec);

/// Throws DatasetError where the form of a specification is wrong; what it names is not looked for.
void check_specification(std::string_view spec);

}  // namespace vkm::train
