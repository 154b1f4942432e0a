#include <base/atomic_file.h>
#include <teach/pictures_in_memory.h>
#include <teach/teach_error.h>

#include <algorithm>

namespace vkm::teach {
namespace {

constexpr uint64_t most_bytes = uint64_t{2} << 30;  // of files; who has more trains from a folder
constexpr size_t least_pictures = 2;                // of a class: one to learn from, one to be held out

}  // namespace

void require_enough(std::span<const PictureClass> classes) {
    if (classes.size() < 2) throw TeachError("a lesson needs two classes at least: add another");
    for (const PictureClass& one : classes)
        if (one.pictures.size() < least_pictures)
            throw TeachError("{} has {} of the {} pictures that a lesson needs at least: record or drop some",
                             one.name, one.pictures.size(), least_pictures);
}

PicturesInMemory::PicturesInMemory(const PictureStore& store) {
    std::vector<PictureClass> classes = store.classes();
    require_enough(classes);
    std::ranges::sort(classes, {}, &PictureClass::name);
    uint64_t bytes = 0;
    for (PictureClass& one : classes) {
        std::ranges::sort(one.pictures);
        for (const std::string& file : one.pictures) {
            const std::filesystem::path path = store.path_of(file);
            pictures_.push_back({path.string(), static_cast<int>(class_names_.size()), read_file(path)});
            bytes += pictures_.back().bytes.size();
            if (bytes > most_bytes)
                throw TeachError(
                    "these pictures are more than {} MB: train with `vkmbv3 train --data imagefolder:{}`, which reads "
                    "them as it goes",
                    most_bytes >> 20, store.folder().string());
        }
        class_names_.push_back(one.name);
    }
}

image::Image PicturesInMemory::decoded(const Picture& picture, const image::DecodeOptions& options) const {
    return image::decode_image(
        std::span(reinterpret_cast<const uint8_t*>(picture.bytes.data()), picture.bytes.size()), picture.path,
        options);
}

train::Sample PicturesInMemory::sample(size_t index) const {
    return decoded(pictures_.at(index), {});
}

image::Image PicturesInMemory::part(size_t index, const image::ChoosePart& choose) const {
    return decoded(pictures_.at(index), {.part = choose});
}

}  // namespace vkm::teach
