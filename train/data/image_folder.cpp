#include <train/data/file_dataset.h>
#include <train/data/image_folder.h>

#include <nlohmann/json.hpp>

#include <algorithm>
#include <array>

namespace vkm::train {
namespace {

namespace fs = std::filesystem;

constexpr std::array decodable{".jpg", ".jpeg", ".png", ".bmp", ".ppm", ".pgm"};
constexpr std::array not_decodable{".webp", ".tif",  ".tiff", ".gif", ".avif",
                                   ".heic", ".heif", ".jp2",  ".jxl"};

std::string lowercase_extension(const fs::path& file) {
    std::string extension = file.extension().string();
    for (char& c : extension) {
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    }
    return extension;
}

bool is_one_of(const auto& list, const std::string& extension) {
    return std::find(list.begin(), list.end(), extension) != list.end();
}

bool is_hidden(const fs::path& path) {
    return path.filename().string().starts_with('.');
}

/// Throws where a folder's name is not UTF-8: a class's name becomes text in weights files, which is.
void require_utf8(const fs::path& folder) {
    try {
        static_cast<void>(nlohmann::json(folder.filename().string()).dump());
    } catch (const nlohmann::json::exception&) {
        throw DatasetError("the name of class folder {} is not UTF-8: rename it", folder.string());
    }
}

/// Returns the folders sorted as Python sorts them: by bytes, which for UTF-8 is by code point.
std::vector<std::string> class_folders(const fs::path& split) {
    std::vector<std::string> names;
    for (const auto& entry : fs::directory_iterator(split)) {
        if (!entry.is_directory() || is_hidden(entry.path())) continue;
        require_utf8(entry.path());
        names.push_back(entry.path().filename().string());
    }
    std::sort(names.begin(), names.end());
    if (names.empty()) {
        throw DatasetError(
            "{} holds no class folders: it must have one folder a class, with the images inside",
            split.string());
    }
    return names;
}

/// Returns paths relative to `split`, sorted by folder and then by file name, as in torchvision's
/// ImageFolder.
std::vector<std::string> images_of(const fs::path& split, const std::string& name) {
    std::vector<std::pair<std::string, std::string>> found;  // folder, file
    for (auto it = fs::recursive_directory_iterator(split / name); it != fs::recursive_directory_iterator();
         ++it) {
        const fs::path& file = it->path();
        if (is_hidden(file)) {
            if (it->is_directory()) it.disable_recursion_pending();
            continue;
        }
        const std::string extension = lowercase_extension(file);
        if (is_one_of(not_decodable, extension)) {
            throw DatasetError("{}: {} images cannot be read: convert them to JPEG or PNG, or move them away",
                               file.string(), extension.substr(1));
        }
        if (!is_one_of(decodable, extension) || !it->is_regular_file()) continue;
        found.emplace_back(file.parent_path().lexically_relative(split).string(), file.filename().string());
    }
    std::sort(found.begin(), found.end());
    if (found.empty()) {
        throw DatasetError(
            "class folder {} holds no images (.jpg, .jpeg, .png, .bmp, .ppm, .pgm): add some or remove it",
            (split / name).string());
    }
    std::vector<std::string> paths;
    paths.reserve(found.size());
    for (const auto& [folder, file] : found)
        paths.push_back((fs::path(folder) / file).string());
    return paths;
}

fs::path split_folder(const fs::path& root, Split split) {
    if (!fs::is_directory(root))
        throw DatasetError("{} is not a folder: imagefolder:DIR needs DIR/train", root.string());
    const std::vector<const char*> candidates =
        split == Split::train ? std::vector{"train"} : std::vector{"val", "test"};
    for (const char* name : candidates) {
        if (fs::is_directory(root / name)) return root / name;
    }
    if (split == Split::train) {
        throw DatasetError("{} has no folder 'train': put the training images into DIR/train/CLASS/",
                           root.string());
    }
    throw DatasetError(
        "{} has no folder 'val' or 'test': put validation images into DIR/val/CLASS/, "
        "or name others with --val-data",
        root.string());
}

std::shared_ptr<const Dataset> open(const fs::path& root, Split split) {
    const fs::path folder = split_folder(root, split);
    std::vector<std::string> present = class_folders(folder);
    const bool names_from_train = split == Split::val && fs::is_directory(root / "train");
    std::vector<std::string> classes = names_from_train ? class_folders(root / "train") : present;

    std::vector<FileDataset::Entry> entries;
    for (const std::string& name : present) {
        const auto known = std::lower_bound(classes.begin(), classes.end(), name);
        if (known == classes.end() || *known != name) {
            throw DatasetError(
                "{} is a class that {} does not have: remove it, or add the class for training",
                (folder / name).string(), (root / "train").string());
        }
        const int label = static_cast<int>(known - classes.begin());
        for (std::string& path : images_of(folder, name))
            entries.push_back({std::move(path), label});
    }
    const int num_classes = static_cast<int>(classes.size());
    return std::make_shared<FileDataset>(folder, std::move(entries), num_classes, std::move(classes));
}

}  // namespace

std::shared_ptr<const Dataset> open_image_folder(const std::string& directory, Split split,
                                                 const DatasetOptions&) {
    try {
        return open(directory, split);
    } catch (const fs::filesystem_error& error) {
        throw DatasetError("{}: cannot be listed ({})", error.path1().string(), error.code().message());
    }
}

}  // namespace vkm::train
