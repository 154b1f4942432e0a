#pragma once

#include <train/data/dataset.h>
#include <train/data/loader_options.h>

#include <cstdint>
#include <memory>
#include <vector>

namespace vkm::train {

/// Says which samples a batch is to hold.
struct BatchPlan {
    int64_t epoch = 0, number = 0;                       ///< number: within the epoch
    std::shared_ptr<const std::vector<uint32_t>> order;  ///< of the epoch's samples
    size_t first = 0;                                    ///< index in the order of the first row's sample
    int rows = 0;                                        ///< that have a sample
    int64_t repeats = 1;                                 ///< of each sample, one behind the other

    /// Returns the sample of a row, or the one `further` places after it; the order goes round.
    uint32_t sample(int row, size_t further = 0) const {
        return (*order)[(first + static_cast<size_t>(row) + further) % order->size()];
    }
    /// Returns how often the epoch had the row's sample before.
    int64_t repeat(int row) const { return static_cast<int64_t>(first + static_cast<size_t>(row)) % repeats; }
};

/// Yields the batches of a loader, one after the other, over the range that the options give.
class BatchSequence {
  public:
    /// Takes resolved options. Throws DatasetError where there is less than one batch to train on, vkm::Error
    /// where the start lies beyond the epoch.
    BatchSequence(const Dataset&, const LoaderOptions&);

    int64_t per_epoch() const { return per_epoch_; }
    int64_t left() const { return left_; }

    /// Returns the next batch. The first batch of an epoch makes the epoch's order.
    BatchPlan next();

  private:
    size_t samples_;
    LoaderOptions options_;
    int64_t per_epoch_, left_ = 0, epoch_, number_;
    std::shared_ptr<const std::vector<uint32_t>> order_;  ///< of epoch_; null until it is asked for
};

}  // namespace vkm::train
