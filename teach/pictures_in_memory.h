#pragma once

#include <teach/picture_store.h>
#include <train/data/dataset.h>

#include <memory>

namespace vkm::teach {

/// Holds a session's pictures as the files that they were when a lesson began, so that a person may go on adding,
/// moving and removing them. Labels are the classes' places by name, as in an image folder.
class PicturesInMemory final : public train::Dataset {
  public:
    /// Reads all pictures of the store's classes. Throws TeachError where they are too many for memory or too few for
    /// a lesson: two classes, each with two pictures.
    explicit PicturesInMemory(const PictureStore&);

    size_t size() const override { return pictures_.size(); }
    int num_classes() const override { return static_cast<int>(class_names_.size()); }
    const std::vector<std::string>& class_names() const override { return class_names_; }
    train::SampleKind kind() const override { return train::SampleKind::photograph; }
    int label(size_t index) const override { return pictures_.at(index).label; }
    std::string name(size_t index) const override { return pictures_.at(index).path; }
    train::Sample sample(size_t index) const override;
    image::Image part(size_t index, const image::ChoosePart&) const override;

  private:
    struct Picture {
        std::string path;
        int label;
        std::vector<std::byte> bytes;
    };

    image::Image decoded(const Picture&, const image::DecodeOptions&) const;

    std::vector<std::string> class_names_;
    std::vector<Picture> pictures_;
};

/// Throws TeachError where these classes are too few for a lesson, or one has too few pictures.
void require_enough(std::span<const PictureClass>);

}  // namespace vkm::teach
