#pragma once

#include <train/data/dataset.h>

#include <filesystem>

namespace vkm::train {

/// Holds one image file a sample, decoded when it is asked for.
class FileDataset : public Dataset {
  public:
    struct Entry {
        std::string path;  ///< absolute, or relative to the root
        int label = 0;
    };

    FileDataset(std::filesystem::path root, std::vector<Entry> entries, int num_classes,
                std::vector<std::string> class_names);

    size_t size() const override { return entries_.size(); }
    int num_classes() const override { return num_classes_; }
    const std::vector<std::string>& class_names() const override { return class_names_; }
    SampleKind kind() const override { return SampleKind::photograph; }
    int label(size_t index) const override { return entries_.at(index).label; }
    /// Has no backslashes on Windows: names go into files that other systems read.
    std::string name(size_t index) const override { return path(index).generic_string(); }
    Sample sample(size_t index) const override;
    image::Image part(size_t index, const image::ChoosePart& choose) const override;
    std::optional<std::vector<std::byte>> file(size_t index) const override;

    std::filesystem::path path(size_t index) const { return root_ / entries_.at(index).path; }

  private:
    std::filesystem::path root_;
    std::vector<Entry> entries_;
    int num_classes_;
    std::vector<std::string> class_names_;
};

}  // namespace vkm::train
