#pragma once

#include <train/data/batch.h>
#include <train/data/dataset.h>
#include <train/data/loader_options.h>

#include <cstdint>
#include <memory>

namespace vkm::train {

/// Reads a data set ahead of its consumer, on threads of its own, into a ring of batches that are used over
/// and over.
///
/// What it delivers depends on the data set and the options, never on the number of workers or their timing.
/// A loader that starts at a later (epoch, batch) delivers what one that started earlier would deliver there.
/// A sample that cannot be read is replaced in training, in its own row, by the next in the epoch's order that
/// can, with that one's label; evaluation leaves it out. No other row changes, so this does not depend on the
/// start or the rows asked for either.
class Loader {
  public:
    /// Starts reading. Throws DatasetError where there is less than one batch to train on, vkm::Error
    /// for options out of range.
    Loader(std::shared_ptr<const Dataset> dataset, const LoaderOptions& options);
    ~Loader();  ///< stops the workers; batches still held stay valid
    Loader(const Loader&) = delete;
    Loader& operator=(const Loader&) = delete;

    /// Holds a batch, which goes back to the ring when the pointer is dropped. Whoever calls next() may hold
    /// at most batches_ahead - 1.
    using Lease = std::shared_ptr<const Batch>;

    /// Waits for the next batch; null after the last. Throws what a worker threw, and DatasetError where 100
    /// samples in a row, or in evaluation all of them, cannot be read.
    Lease next();

    int64_t batches_per_epoch() const;
    /// Returns how many images could not be read so far, each counted once (LoaderOptions::unreadable).
    int64_t failures() const;

  private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace vkm::train
