#include <train/data/class_folders.h>
#include <train/data/folder_layout.h>
#include <train/data/image_folder.h>

#include <spdlog/spdlog.h>

namespace vkm::train {

namespace fs = std::filesystem;

std::shared_ptr<const Dataset> open_image_folder(const std::string& directory, Split split,
                                                 const DatasetOptions&) {
    const FolderLayout layout = layout_of(directory);
    const fs::path& part = layout.part(split);
    if (layout.root != directory) spdlog::info("{}: reading {}", directory, part.string());
    const fs::path& training = layout.training.empty() ? part : layout.training;
    std::vector<std::string> classes = class_folders_in(training);
    std::vector<FileDataset::Entry> entries = read_class_folders(part, classes, training.string(), split);
    const int num_classes = static_cast<int>(classes.size());
    return std::make_shared<FileDataset>(part, std::move(entries), num_classes, std::move(classes));
}

bool image_folder_has_parts(const std::string& directory) {
    std::error_code ignored;
    return !fs::is_directory(directory, ignored) || layout_of(directory).has_parts;
}

}  // namespace vkm::train
