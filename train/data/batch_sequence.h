#pragma once

#include <train/data/dataset.h>
#include <train/data/epoch_order.h>
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
    std::shared_ptr<const WindowedOrder> windows = {};   ///< null: samples may be read in any order
    size_t window = 0;                                   ///< samples of a window
    bool reads_on = true;  ///< the batch before this one is of the same epoch and of this sequence

    /// Returns the sample of a row, or the one `further` places after it; the order goes round.
    uint32_t sample(int row, size_t further = 0) const {
        return (*order)[(first + static_cast<size_t>(row) + further) % order->size()];
    }
    /// Returns how often the epoch had the row's sample before.
    int64_t repeat(int row) const { return static_cast<int64_t>(first + static_cast<size_t>(row)) % repeats; }
    /// Returns the samples whose reading should begin while a row's is read: one of the window to come, and
    /// at the begin all of the first.
    std::span<const uint32_t> coming(int row) const;
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
    void begin_epoch();

    size_t samples_;
    LoaderOptions options_;
    int64_t per_epoch_, left_ = 0, epoch_, number_;
    std::vector<uint32_t> lying_;                         ///< none: samples may be read in any order
    std::shared_ptr<const std::vector<uint32_t>> order_;  ///< of epoch_; null until it is asked for
    std::shared_ptr<const WindowedOrder> windows_;        ///< of epoch_
    bool reads_on_ = false;
};

}  // namespace vkm::train
