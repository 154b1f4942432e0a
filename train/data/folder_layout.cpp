#include <image/find_images.h>
#include <train/data/folder_layout.h>

#include <algorithm>
#include <array>
#include <span>

namespace vkm::train {
namespace {

namespace fs = std::filesystem;

// The first that is there is taken.
constexpr std::array<std::string_view, 2> training_names{"train", "training"};
constexpr std::array<std::string_view, 6> validation_names{"val", "valid", "validation",
                                                           "dev", "test",  "testing"};

bool same_name(std::string_view folder, std::string_view name) {
    return std::ranges::equal(
        folder, name, [](char a, char b) { return a == b || (a >= 'A' && a <= 'Z' && a - 'A' + 'a' == b); });
}

bool is_named_one_of(std::string_view folder, std::span<const std::string_view> names) {
    return std::ranges::any_of(names, [&](std::string_view name) { return same_name(folder, name); });
}

bool is_part_name(std::string_view folder) {
    return is_named_one_of(folder, training_names) || is_named_one_of(folder, validation_names);
}

fs::path part_of(const fs::path& root, const std::vector<std::string>& folders,
                 std::span<const std::string_view> names) {
    for (const std::string_view name : names) {
        for (const std::string& folder : folders)
            if (same_name(folder, name) && !image::folders_in(root / folder).empty()) return root / folder;
    }
    return {};
}

/// Returns what an archive leaves behind that was unpacked into a folder of its own.
fs::path unwrapped(const fs::path& directory) {
    fs::path root = directory;
    for (int depth = 0; depth < 8; ++depth) {  // a link may lead in a circle
        const std::vector<std::string> folders = image::folders_in(root);
        if (folders.size() != 1 || is_part_name(folders.front()) ||
            image::holds_images(root / folders.front()) || image::folders_in(root / folders.front()).empty())
            break;
        root /= folders.front();
    }
    return root;
}

}  // namespace

FolderLayout layout_of(const fs::path& directory) {
    std::error_code error;
    if (!fs::is_directory(directory, error)) {
        throw DatasetError("{} is not a folder: imagefolder:DIR reads DIR/train/CLASS/*, or DIR/CLASS/*",
                           directory.string());
    }
    FolderLayout layout{.root = unwrapped(directory), .training = {}, .validation = {}};
    const std::vector<std::string> folders = image::folders_in(layout.root);
    layout.training = part_of(layout.root, folders, training_names);
    layout.validation = part_of(layout.root, folders, validation_names);
    layout.has_parts =
        !layout.training.empty() || !layout.validation.empty() || std::ranges::all_of(folders, is_part_name);
    if (!layout.has_parts) layout.training = layout.validation = layout.root;
    return layout;
}

const fs::path& FolderLayout::part(Split split) const {
    const fs::path& folder = split == Split::train ? training : validation;
    if (!folder.empty()) return folder;
    const std::span<const std::string_view> names = split == Split::train
                                                        ? std::span<const std::string_view>(training_names)
                                                        : std::span<const std::string_view>(validation_names);
    for (const std::string& flat : image::folders_in(root)) {
        if (!is_named_one_of(flat, names)) continue;
        throw DatasetError(
            "{} holds no class folders: it must have one folder a class, with the images inside",
            (root / flat).string());
    }
    if (split == Split::train) {
        throw DatasetError(
            "{} has no folder 'train' and no class folders: put the training images into DIR/train/CLASS/, "
            "or into DIR/CLASS/ with --val-split",
            root.string());
    }
    throw DatasetError(
        "{} has no folder 'val' or 'test' with class folders: put validation images into DIR/val/CLASS/, name "
        "others with --val-data, or hold some of the training images back with --val-split 0.2",
        root.string());
}

}  // namespace vkm::train
