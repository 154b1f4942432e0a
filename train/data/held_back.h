#pragma once

#include <train/data/dataset.h>

#include <span>

namespace vkm::train {

/// Holds a data set in two parts that share no sample, each in the data set's order.
struct HeldBack {
    std::shared_ptr<const Dataset> training, validation;

    /// Returns a checksum of the validation part's labels and file names, wherever the folder lies.
    std::string fingerprint() const;
};

/// Holds a fraction of every class back for validation, above 0 and below 1. Which samples of a class these
/// are depends on the seed and the class's size alone. The classes together hold back the fraction of all,
/// rounded; each alone gives its own fraction rounded up or down, and keeps one sample for training.
/// Throws DatasetError where nothing would be held back.
HeldBack hold_back(const std::shared_ptr<const Dataset>&, double fraction, uint64_t seed);

/// Returns the samples, in ascending order, that hold_back() takes from samples with these labels.
std::vector<uint32_t> held_back_samples(std::span<const int> labels, double fraction, uint64_t seed);

}  // namespace vkm::train
