#include <image/decode/decode.h>
#include <image/find_images.h>
#include <train/data/list_paths.h>

#include <algorithm>

namespace vkm::train {
namespace {

namespace fs = std::filesystem;

/// More folders than these beside a list are not looked into for its images.
constexpr size_t max_folders = 200;

bool is_file(const fs::path& path) {
    std::error_code ignored;
    return fs::is_regular_file(path, ignored);  // opening a pipe would wait
}

}  // namespace

std::vector<std::string> ListPaths::find(const std::string& text) const {
    if (text.empty()) return {};
    std::vector<std::string> forms{text};
    if (text.starts_with("file://")) forms.push_back(text.substr(7));
    if (text.find('\\') != std::string::npos) {
        forms.push_back(text);
        std::ranges::replace(forms.back(), '\\', '/');
    }
    for (const std::string& form : forms)
        if (is_file(base_ / form)) return {form};
    for (const std::string& form : forms) {
        const fs::path path(form);
        if (path.filename().empty()) continue;
        std::vector<std::string> files = named(base_ / path.parent_path(), path.filename().string());
        for (std::string& file : files)
            file = (path.parent_path() / file).string();
        if (!files.empty()) return files;
    }
    return {};
}

const std::vector<std::string>& ListPaths::named(const fs::path& folder, const std::string& stem) const {
    auto [found, is_new] = listed_.try_emplace(folder);
    if (is_new) {
        std::error_code error;
        for (fs::directory_iterator it(folder, error); !error && it != fs::directory_iterator();
             it.increment(error)) {
            const fs::path name = it->path().filename();
            if (image::has_image_extension(name))
                found->second[name.stem().string()].push_back(name.string());
        }
        for (auto& [without_extension, names] : found->second)
            std::ranges::sort(names);
    }
    static const std::vector<std::string> none;
    const auto files = found->second.find(stem);
    return files == found->second.end() ? none : files->second;
}

std::vector<fs::path> base_candidates(const fs::path& list) {
    const fs::path own = list.parent_path();
    const fs::path current("."), folder = own.empty() ? current : own;
    std::vector<fs::path> bases{own}, beside;
    std::error_code error;
    if (!fs::equivalent(folder, current, error)) bases.push_back(current);
    for (fs::directory_iterator it(folder, error); !error && it != fs::directory_iterator();
         it.increment(error)) {
        std::error_code ignored;
        if (it->is_directory(ignored) && !image::is_hidden(it->path()) &&
            !fs::equivalent(it->path(), current, ignored))
            beside.push_back(own / it->path().filename());
    }
    std::ranges::sort(beside);
    if (beside.size() <= max_folders) bases.insert(bases.end(), beside.begin(), beside.end());
    return bases;
}

}  // namespace vkm::train
