#pragma once

#include <train/data/dataset.h>

#include <cstdint>
#include <deque>
#include <filesystem>
#include <string>
#include <vector>

namespace vkm::train {

/// Describes CIFAR-10 or CIFAR-100 as one of its releases has it.
struct CifarRelease {
    const char* folder;                               ///< what it unpacks to: "cifar-10-batches-py"
    std::vector<const char*> train_files, val_files;  ///< in order
    const char* names_file;
    const char* names_key = "";   ///< of the class names, in the python release
    const char* labels_key = "";  ///< of the labels
    size_t label_bytes = 0;       ///< of a record, in the binary release; the last is the label

    const std::vector<const char*>& files(Split split) const {
        return split == Split::train ? train_files : val_files;
    }
};

struct CifarKind {
    const char* name;  ///< "cifar10"
    int num_classes;
    CifarRelease binary, python;
};

constexpr int cifar_side = 32;
constexpr size_t cifar_plane = size_t{cifar_side} * cifar_side;

/// Holds a part of it: every image as three planes in row order, red, green and blue.
struct CifarPart {
    struct Image {
        const uint8_t* planes;  ///< points into one of `contents`
        int label;
    };
    std::vector<std::string> class_names = {};
    std::deque<std::string> contents = {};  ///< of its files
    std::vector<Image> images = {};

    /// Appends an image. Throws DatasetError where the label is none of `kind`; `file` and `number` name it.
    void add(const CifarKind& kind, const uint8_t* planes, int64_t label, const std::filesystem::path& file,
             size_t number);
    /// Throws DatasetError where the names are not one a class; `file` is where they come from.
    void check_names(const CifarKind&, const std::filesystem::path& file) const;
};

/// Returns a file's bytes. Throws DatasetError that says which releases are read.
std::string read_cifar_file(const CifarKind&, const std::filesystem::path&);

/// Reads the binary release: records of label bytes and planes; class names one a line. Throws DatasetError.
CifarPart read_cifar_binary(const CifarKind&, const std::filesystem::path& folder, Split);

/// Reads the python release: pickles of dicts with numpy's bytes, as Python 2 wrote them, or saved again by Python 3.
/// Nothing in them is run. Throws DatasetError.
CifarPart read_cifar_python(const CifarKind&, const std::filesystem::path& folder, Split);

}  // namespace vkm::train
