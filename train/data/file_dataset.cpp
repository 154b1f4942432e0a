#include <base/atomic_file.h>
#include <image/decode/decode.h>
#include <train/data/file_dataset.h>

namespace vkm::train {

FileDataset::FileDataset(std::filesystem::path root, std::vector<Entry> entries, int num_classes,
                         std::vector<std::string> class_names)
    : root_(std::move(root)),
      entries_(std::move(entries)),
      num_classes_(num_classes),
      class_names_(std::move(class_names)) {}

Sample FileDataset::sample(size_t index) const {
    return image::decode_image(path(index));
}

image::Image FileDataset::part(size_t index, const image::ChoosePart& choose) const {
    image::DecodeOptions options;
    options.part = choose;
    return image::decode_image(path(index), options);
}

std::optional<std::vector<std::byte>> FileDataset::file(size_t index) const {
    try {
        return read_file(path(index));
    } catch (const FileError& error) {
        throw image::ImageError("{}", error.what());
    }
}

}  // namespace vkm::train
