#pragma once

#include <train/data/batch.h>
#include <train/data/dataset.h>
#include <train/data/loader_options.h>

#include <memory>
#include <span>

namespace vkm::train {

/// Brings samples to the input size and writes them into rows of batches. Safe to use from several threads
/// at once, on different rows.
class RowWriter {
  public:
    RowWriter(std::shared_ptr<const Dataset>, const LoaderOptions&);

    /// Returns a batch of zeros, of the options' rows and the data set's type.
    Batch empty_batch() const;

    /// Reads a sample and writes pixels, label and index of a row. Throws ImageError where it cannot be read,
    /// DatasetError where it does not fit.
    void write(Batch&, int row, uint32_t index) const;

  private:
    void write_image(const image::Image&, int64_t epoch, uint32_t index, std::span<uint8_t> out) const;
    void require_input_size(int height, int width, uint32_t index) const;

    std::shared_ptr<const Dataset> dataset_;
    LoaderOptions options_;
};

}  // namespace vkm::train
