#pragma once

#include <train/data/dataset.h>

namespace vkm::train {

/// Gives the images of another data set with its classes under other numbers.
class Renumbered final : public Dataset {
  public:
    /// Takes the new number of each of the data's classes, and the names of all classes then.
    Renumbered(std::shared_ptr<const Dataset>, std::vector<int> numbers, int num_classes,
               std::vector<std::string> class_names);

    size_t size() const override { return data_->size(); }
    int num_classes() const override { return num_classes_; }
    const std::vector<std::string>& class_names() const override { return class_names_; }
    SampleKind kind() const override { return data_->kind(); }
    int label(size_t index) const override { return numbers_.at(static_cast<size_t>(data_->label(index))); }
    std::string name(size_t index) const override { return data_->name(index); }
    Sample sample(size_t index) const override { return data_->sample(index); }
    image::Image part(size_t index, const image::ChoosePart& choose) const override {
        return data_->part(index, choose);
    }
    std::optional<std::vector<std::byte>> file(size_t index) const override { return data_->file(index); }
    std::vector<uint32_t> reading_order() const override { return data_->reading_order(); }
    void will_need(std::span<const uint32_t> samples) const override { data_->will_need(samples); }

  private:
    std::shared_ptr<const Dataset> data_;
    std::vector<int> numbers_;
    int num_classes_;
    std::vector<std::string> class_names_;
};

}  // namespace vkm::train
