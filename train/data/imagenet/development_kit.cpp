#include <base/plain_text.h>
#include <image/find_images.h>
#include <train/data/imagenet/development_kit.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <fstream>
#include <iterator>

namespace vkm::train {
namespace {

namespace fs = std::filesystem;

constexpr std::array kit_folders{"ILSVRC2012_devkit_t12/data", "ILSVRC2012_dev_kit_t12/data", "devkit/data",
                                 "data", "."};
constexpr const char* meta_file = "meta.mat";
constexpr const char* ground_truth_file = "ILSVRC2012_validation_ground_truth.txt";

/// Names of images in messages: every one, but for what no line could hold.
constexpr size_t most_names = 100;

std::optional<size_t> number_in(std::string_view text) {
    size_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size()) return {};
    return number;
}

/// Returns the number that ends a file's name, before its extension.
std::optional<size_t> number_of(const std::string& image) {
    const std::string stem = fs::path(image).stem().string();
    const size_t before = stem.find_last_not_of("0123456789");
    return number_in(std::string_view(stem).substr(before == stem.npos ? 0 : before + 1));
}

}  // namespace

std::optional<fs::path> find_development_kit(const fs::path& folder) {
    std::error_code none;
    for (const char* const kit : kit_folders)
        if (fs::is_regular_file(folder / kit / meta_file, none)) return (folder / kit).lexically_normal();
    // Some programs unpack an archive into a folder of its name.
    for (const char* const kit : {"ILSVRC2012_devkit_t12", "ILSVRC2012_dev_kit_t12"})
        for (const char* const within : {"ILSVRC2012_devkit_t12/data", "ILSVRC2012_dev_kit_t12/data", "."})
            if (fs::is_regular_file(folder / kit / within / meta_file, none))
                return (folder / kit / within).lexically_normal();
    return {};
}

std::vector<int> read_ground_truth(const fs::path& kit, size_t classes) {
    const fs::path file = kit / ground_truth_file;
    std::ifstream in(file, std::ios::binary);
    const std::string text(std::istreambuf_iterator<char>(in), {});
    if (!in || text.empty())
        throw DatasetError(
            "{}: cannot be read, or is empty: it says which class each validation image is of; unpack the "
            "development kit again",
            file.string());
    std::vector<int> labels;
    size_t line = 0;
    for (std::string_view row : lines_of(text)) {
        ++line;
        row = trimmed(row);
        if (row.empty()) continue;
        const std::optional<size_t> id = number_in(row);
        if (!id || *id < 1 || *id > classes)
            throw DatasetError(
                "{}:{}: is not the number of a class, 1 to {}: unpack the development kit again",
                file.string(), line, classes);
        labels.push_back(static_cast<int>(*id - 1));
    }
    return labels;
}

std::vector<size_t> places_in_ground_truth(std::span<const std::string> images, size_t count,
                                           const fs::path& folder) {
    std::vector<size_t> places;
    std::vector<size_t> seen(count);
    std::vector<std::string> unknown, twice;
    const bool numbered =
        std::ranges::any_of(images, [](const std::string& i) { return number_of(i).has_value(); });
    for (size_t i = 0; i < images.size(); ++i) {
        const std::optional<size_t> number = numbered ? number_of(images[i]) : std::optional(i + 1);
        if (!number || *number < 1 || *number > count) {
            unknown.push_back(images[i]);
            continue;
        }
        places.push_back(*number - 1);
        if (seen[*number - 1]++ > 0) twice.push_back(images[i]);
    }
    std::vector<std::string> missing;
    for (size_t i = 0; i < count; ++i)
        if (seen[i] == 0)
            missing.push_back(numbered ? fmt::format("ILSVRC2012_val_{:08}", i + 1)
                                       : fmt::format("image {}", i + 1));
    std::string what;
    const auto say = [&](const std::vector<std::string>& names, std::string_view words) {
        if (names.empty()) return;
        what += fmt::format("{} {} {}: {}", what.empty() ? ":" : ";", names.size(), words,
                            image::first_of(names, most_names));
    };
    say(missing, missing.size() == 1 ? "is missing" : "are missing");
    say(unknown, unknown.size() == 1 ? "has no line there" : "have no line there");
    say(twice, twice.size() == 1 ? "is there twice" : "are there twice");
    if (what.empty()) return places;
    throw DatasetError("{} holds {} images and the development kit's ground truth has {} lines{}",
                       folder.string(), images.size(), count, what);
}

}  // namespace vkm::train
