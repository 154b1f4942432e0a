#pragma once

#include <train/data/dataset.h>

namespace vkm::train {

/// Holds what a part of a network makes of images: of each, so many draws of its augmentation. Epochs take turns in the
/// draws. All else is as in the data set of the images.
class FeatureSet final : public Dataset {
  public:
    FeatureSet(std::shared_ptr<const Dataset> images, int64_t draws);

    /// Makes room for rows of so many bytes. Throws DatasetError where they are more than memory should hold.
    void reserve(int64_t row_bytes);
    size_t row_bytes() const { return row_bytes_; }
    /// Returns whether a draw of an image is kept.
    bool has(size_t index, int64_t draw) const { return kept_.at(place(index, draw)) != 0; }
    /// Keeps a draw of an image. What is never kept counts as unreadable.
    void keep(size_t index, int64_t draw, FeatureRow);

    size_t size() const override { return images_->size(); }
    int num_classes() const override { return images_->num_classes(); }
    const std::vector<std::string>& class_names() const override { return images_->class_names(); }
    SampleKind kind() const override { return SampleKind::features; }
    int label(size_t index) const override { return images_->label(index); }
    std::string name(size_t index) const override { return images_->name(index); }
    /// Throws Error: the image is gone.
    Sample sample(size_t index) const override;
    FeatureRow features(size_t index, int64_t epoch) const override;

  private:
    size_t place(size_t index, int64_t draw) const {
        return index * static_cast<size_t>(draws_) + static_cast<size_t>(draw);
    }

    std::shared_ptr<const Dataset> images_;
    int64_t draws_;
    size_t row_bytes_ = 0;
    std::vector<std::byte> rows_;
    std::vector<char> kept_;
};

}  // namespace vkm::train
