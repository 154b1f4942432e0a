#include <image/decode/decode.h>
#include <train/data/file_dataset.h>
#include <train/data/folder_layout.h>
#include <train/data/image_files.h>
#include <train/data/image_folder.h>

#include <fmt/ranges.h>
#include <spdlog/spdlog.h>
#include <nlohmann/json.hpp>

#include <algorithm>

namespace vkm::train {
namespace {

namespace fs = std::filesystem;

/// Throws where a folder's name is not UTF-8: a class's name becomes text in weights files, which is.
void require_utf8(const fs::path& folder) {
    try {
        static_cast<void>(nlohmann::json(folder.filename().string()).dump());
    } catch (const nlohmann::json::exception&) {
        throw DatasetError("the name of class folder {} is not UTF-8: rename it", folder.string());
    }
}

std::vector<std::string> class_folders(const fs::path& part) {
    std::vector<std::string> names = folders_in(part);
    for (const std::string& name : names)
        require_utf8(part / name);
    return names;
}

/// Returns a class's number. Throws where it is none of the known ones.
int label_of(const std::string& name, const std::vector<std::string>& known, const fs::path& part,
             const fs::path& training) {
    const auto found = std::ranges::lower_bound(known, name);
    if (found == known.end() || *found != name) {
        throw DatasetError("{} is a class that {} does not have: remove it, or add the class for training",
                           (part / name).string(), training.string());
    }
    return static_cast<int>(found - known.begin());
}

void report_empty(const fs::path& part, const std::vector<std::string>& empty, Split split) {
    if (empty.empty()) return;
    if (split == Split::val) {
        spdlog::warn("{}: no images of {}", part.string(), first_of(empty, 10));
        return;
    }
    const std::string others =
        empty.size() > 1 ? fmt::format(" (and {})", first_of({empty.begin() + 1, empty.end()})) : "";
    throw DatasetError("class folder {} holds no images{}: add some ({}) or remove it",
                       (part / empty.front()).string(), others, fmt::join(image::image_extensions(), ", "));
}

}  // namespace

std::shared_ptr<const Dataset> open_image_folder(const std::string& directory, Split split,
                                                 const DatasetOptions&) {
    const FolderLayout layout = layout_of(directory);
    const fs::path& part = layout.part(split);
    if (layout.root != directory) spdlog::info("{}: reading {}", directory, part.string());
    const fs::path& training = layout.training.empty() ? part : layout.training;
    const std::vector<std::string> present = class_folders(part);
    std::vector<std::string> classes = training == part ? present : class_folders(training);

    std::vector<FileDataset::Entry> entries;
    std::vector<std::string> empty;
    PassedOver passed_over;
    find_classless(part, passed_over);
    for (const std::string& name : present) {
        const int label = label_of(name, classes, part, training);
        std::vector<std::string> images = find_images(part, name, passed_over);
        if (images.empty()) empty.push_back(name);
        for (std::string& path : images)
            entries.push_back({std::move(path), label});
    }
    passed_over.report(part);
    report_empty(part, empty, split);
    if (entries.empty()) throw DatasetError("{} holds no images", part.string());
    const int num_classes = static_cast<int>(classes.size());
    return std::make_shared<FileDataset>(part, std::move(entries), num_classes, std::move(classes));
}

bool image_folder_has_parts(const std::string& directory) {
    std::error_code ignored;
    return !fs::is_directory(directory, ignored) || layout_of(directory).has_parts;
}

}  // namespace vkm::train
