#pragma once

#include <train/augment/drawn.h>
#include <train/data/batch.h>
#include <train/data/dataset.h>
#include <train/data/loader_options.h>
#include <train/data/pixel_type.h>

#include <memory>

namespace vkm::train {

/// Reads samples into rows of batches, and draws what the device is to do with them. Safe to use from several threads
/// at once, on different rows.
class RowWriter {
  public:
    RowWriter(std::shared_ptr<const Dataset>, const LoaderOptions&);

    /// Returns a batch of zeros, of the options' rows and the data set's type.
    Batch empty_batch() const;

    /// Reads a sample and writes pixels, label and index of a row. `repeat` counts how often the epoch had it before.
    /// Throws ImageError where it cannot be read, DatasetError where it does not fit.
    void write(Batch&, int row, uint32_t index, int64_t repeat = 0) const;

  private:
    void write_values(Batch&, int row, uint32_t index) const;
    void write_source(Source&, const DrawKey&) const;
    void require_input_size(int height, int width, uint32_t index) const;

    std::shared_ptr<const Dataset> dataset_;
    LoaderOptions options_;
    PixelType pixels_;
    SourceLayout layout_;
    std::shared_ptr<const Policy> policy_;  ///< may be null
    PolicyInput policy_input_;
};

}  // namespace vkm::train
