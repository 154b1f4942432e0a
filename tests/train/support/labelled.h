#pragma once

#include <train/data/dataset.h>

#include <algorithm>

namespace vkm::test {

/// Gives labels, with the names of their classes where there are any, and no pictures.
class Labelled final : public train::Dataset {
  public:
    explicit Labelled(std::vector<int> labels, std::vector<std::string> names = {})
        : labels_(std::move(labels)), names_(std::move(names)) {}

    size_t size() const override { return labels_.size(); }
    int num_classes() const override {
        return names_.empty() ? *std::ranges::max_element(labels_) + 1 : static_cast<int>(names_.size());
    }
    const std::vector<std::string>& class_names() const override { return names_; }
    train::SampleKind kind() const override { return train::SampleKind::drawing; }
    int label(size_t index) const override { return labels_.at(index); }
    std::string name(size_t index) const override { return "image " + std::to_string(index); }
    train::Sample sample(size_t) const override { return image::Image{}; }

  private:
    std::vector<int> labels_;
    std::vector<std::string> names_;
};

}  // namespace vkm::test
