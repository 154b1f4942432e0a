#pragma once

#include <train/data/dataset.h>

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <variant>
#include <vector>

namespace vkm::train {

/// How an image of any size is brought to the input size. What is left of the augmentation (flip, pad and
/// crop, normalisation) is done on the device.
enum class HostCrop {
    center,         ///< as in evaluation: resize the short side, crop the middle
    random_resized  ///< torchvision's RandomResizedCrop, keyed by (seed, epoch, sample index)
};

/// Training delivers full batches only, epoch after epoch, and puts another sample in the place of one that
/// cannot be read. Evaluation delivers every sample once, the last batch as short as it has to be, and leaves
/// such samples out.
enum class LoaderMode { training, evaluation };

struct SampleFailure {
    size_t index = 0;
    std::string message;  ///< names the file and the reason
};

struct LoaderOptions {
    LoaderMode mode = LoaderMode::training;
    int batch_size = 128;  ///< of the whole batch, over all devices and processes
    int input_size = 224;
    double crop_pct = 0.875;
    HostCrop crop = HostCrop::center;
    bool shuffle = true;  ///< ignored in evaluation, which is in order
    uint64_t seed = 0;

    int workers = 0;        ///< threads; 0: one a core
    int batches_ahead = 3;  ///< batches held at most, those with the consumer included; at least 2

    /// The rows of every batch that this process wants; the others are never read. row_count 0: all after the
    /// first.
    int first_row = 0, row_count = 0;

    /// Where to start: the batch of this number within this epoch is the first delivered.
    int64_t epoch = 0, batch = 0;
    int64_t end_epoch = -1;  ///< ends before this epoch; -1: never in training, after one epoch in evaluation

    /// Called for each sample that cannot be read, on the thread that calls next(), in order. Never drops
    /// silently: unless set, failures are logged as warnings.
    std::function<void(const SampleFailure&)> on_failure;
};

/// Rows of a batch, in order of their position in it. Rows from `count` on are zeros, with label -1.
struct Batch {
    int64_t epoch = 0;
    int64_t number = 0;  ///< within the epoch
    int count = 0;       ///< rows that hold a sample
    int height = 0, width = 0;
    /// [rows, height, width, 3]: bytes as decoded, or floats that are already normalised
    /// (SampleKind::tensor).
    std::variant<std::vector<uint8_t>, std::vector<float>> pixels;
    std::vector<int32_t> labels;  ///< [rows]
    std::vector<uint32_t>
        indices;  ///< [rows], of the samples in the data set: the key of their random numbers

    int rows() const { return static_cast<int>(labels.size()); }
    bool is_float() const { return std::holds_alternative<std::vector<float>>(pixels); }
    std::span<const std::byte> pixel_bytes() const;
};

/// Reads a data set ahead of its consumer, on threads of its own, into a ring of batches that are used over
/// and over.
///
/// What is delivered depends on the data set and the options, never on the number of workers or their timing;
/// starting at a later (epoch, batch) gives what a loader started earlier would give there. A sample that
/// cannot be read is replaced, in its own row, by the next in the epoch's order that can: no other row
/// changes, so this too is the same whatever the start and the rows asked for.
class Loader {
  public:
    /// Throws DatasetError where there is less than one batch to train on, vkm::Error for options out of
    /// range.
    Loader(std::shared_ptr<const Dataset> dataset, LoaderOptions options);
    ~Loader();  ///< stops the workers; batches still held stay valid
    Loader(const Loader&) = delete;
    Loader& operator=(const Loader&) = delete;

    /// A batch goes back to the ring when the pointer is dropped. Whoever calls next() may hold at most
    /// batches_ahead - 1.
    using Lease = std::shared_ptr<const Batch>;

    /// Waits for the next batch; null after the last. Throws what a worker threw; DatasetError where 100
    /// samples in a row, or in evaluation all of them, cannot be read.
    Lease next();

    int64_t batches_per_epoch() const;
    int64_t failures() const;  ///< samples delivered so far that could not be read

  private:
    struct State;
    std::shared_ptr<State> state_;
};

}  // namespace vkm::train
