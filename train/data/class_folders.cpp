#include <image/decode/decode.h>
#include <image/find_images.h>
#include <train/data/class_folders.h>

#include <fmt/ranges.h>
#include <spdlog/spdlog.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <map>

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

void report_empty(const fs::path& part, const std::vector<std::string>& empty, Split split) {
    if (empty.empty()) return;
    if (split == Split::val) {
        spdlog::warn("{}: no images of {}", part.string(), image::first_of(empty, 10));
        return;
    }
    const std::string others =
        empty.size() > 1 ? fmt::format(" (and {})", image::first_of({empty.begin() + 1, empty.end()})) : "";
    throw DatasetError("class folder {} holds no images{}: add some ({}) or remove it",
                       (part / empty.front()).string(), others, fmt::join(image::image_extensions(), ", "));
}

/// Throws where pictures would be left out: the data would be others than the user thinks.
void refuse_other_images(const fs::path& part, const image::PassedOver& passed_over) {
    std::vector<std::string> names = passed_over.other_images;
    if (names.empty()) return;
    std::ranges::sort(names);
    throw DatasetError(
        "{} holds {} {} of a format that cannot be read: {}. Convert them (to JPEG or PNG), or "
        "move away what is not to be used",
        part.string(), names.size(), names.size() == 1 ? "picture" : "pictures", image::first_of(names));
}

}  // namespace

std::vector<std::string> class_folders_in(const fs::path& part) {
    std::vector<std::string> names = image::folders_in(part);
    for (const std::string& name : names)
        require_utf8(part / name);
    return names;
}

std::vector<FileDataset::Entry> read_class_folders(const fs::path& part,
                                                   const std::vector<std::string>& classes,
                                                   const std::string& owner, Split split) {
    std::map<std::string_view, int> labels;
    for (size_t i = 0; i < classes.size(); ++i)
        labels.emplace(classes[i], static_cast<int>(i));
    std::vector<FileDataset::Entry> entries;
    std::vector<std::string> empty;
    image::PassedOver passed_over;
    image::find_classless(part, passed_over);
    for (const std::string& name : class_folders_in(part)) {
        const auto label = labels.find(name);
        if (label == labels.end())
            throw DatasetError(
                "{} is a class that {} does not have: remove it, or add the class for training",
                (part / name).string(), owner);
        std::vector<std::string> images = image::find_images(part, name, passed_over);
        if (images.empty()) empty.push_back(name);
        for (std::string& path : images)
            entries.push_back({std::move(path), label->second});
    }
    refuse_other_images(part, passed_over);
    for (const std::string& notice : passed_over.notices(part))
        spdlog::warn("{}", notice);
    report_empty(part, empty, split);
    if (entries.empty()) throw DatasetError("{} holds no images", part.string());
    return entries;
}

}  // namespace vkm::train
