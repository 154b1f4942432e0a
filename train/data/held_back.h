#pragma once

#include <train/data/dataset.h>

#include <optional>
#include <span>

namespace vkm::train {

/// Holds a data set in two parts that share no sample, each in the data set's order.
struct HeldBack {
    std::shared_ptr<const Dataset> training, validation;

    /// Returns a checksum of the validation part's labels and file names, wherever the folder lies.
    std::string fingerprint() const;
};

/// Says what is held back.
struct HoldingBack {
    double fraction = 0.2;  ///< of every class, above 0 and below 1
    uint64_t seed = 0;
    size_t of_each = 0;  ///< at least so many of a class, as far as it keeps one for training
};

/// Holds a fraction of every class back for validation. Which samples of a class these are depends on the seed, the
/// class's size and its recordings (RecordedFrame) alone: whole recordings are held back as far as they make the number
/// up, and what is missing then is the end of one. The classes together hold back the fraction of all, rounded; each alone
/// gives its own fraction rounded up or down, or `of_each`, and keeps one sample for training.
/// Throws DatasetError where nothing would be held back.
HeldBack hold_back(const std::shared_ptr<const Dataset>&, const HoldingBack&);

/// Returns the samples, in ascending order, that hold_back() takes from samples with these labels, and of these
/// recordings, a number for each sample; none: no sample is of a recording.
std::vector<uint32_t> held_back_samples(std::span<const int> labels, const HoldingBack&,
                                        std::span<const std::optional<int64_t>> recordings = {});

}  // namespace vkm::train
