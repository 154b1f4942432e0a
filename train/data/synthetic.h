#pragma once

#include <train/data/dataset.h>

#include <mutex>

namespace vkm::train {

/// Draws ten kinds of outline (outlines.h), one an image, each in a scene of its own (scene.h). An image depends on
/// (seed, split, index) only; classes take turns. As many as a share of memory holds are drawn once and kept.
class Synthetic : public Dataset {
  public:
    Synthetic(size_t size, Split split, int input_size, uint64_t seed);

    size_t size() const override { return size_; }
    int num_classes() const override { return static_cast<int>(class_names_.size()); }
    const std::vector<std::string>& class_names() const override { return class_names_; }
    SampleKind kind() const override { return SampleKind::drawing; }
    int label(size_t index) const override { return static_cast<int>(index % class_names_.size()); }
    std::string name(size_t index) const override;
    Sample sample(size_t index) const override;

    image::Image draw(size_t index) const;

  private:
    size_t size_;
    Split split_;
    int input_size_;
    uint64_t seed_;
    std::vector<std::string> class_names_;
    mutable std::mutex mutex_;
    mutable std::vector<std::shared_ptr<const image::Image>>
        kept_;  ///< the first images, once they were drawn
};

/// Throws DatasetError where N of `synthetic:N` is no number of images.
void check_synthetic(const std::string& count);

/// Opens `synthetic:N`: N images for training and a tenth as many, but at least 100, for validation.
/// N is 20,000 unless given.
std::shared_ptr<const Dataset> open_synthetic(const std::string& count, Split split,
                                              const DatasetOptions& options);

}  // namespace vkm::train
