#include <image/decode/decode.h>
#include <image/find_images.h>

#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <set>
#include <utility>

namespace vkm::image {
namespace {

namespace fs = std::filesystem;

constexpr std::array left_behind{"thumbs.db", "ehthumbs.db",  "desktop.ini", "__macosx",
                                 "@eadir",    "$recycle.bin", "lost+found",  "system volume information"};

/// What is not decoded but is a picture, so that leaving it out would change the data.
constexpr std::array not_decodable{".tif", ".tiff", ".avif", ".heic", ".heif", ".jp2", ".j2k", ".jxl",
                                   ".psd", ".tga",  ".ico",  ".svg",  ".dcm",  ".cr2", ".nef", ".dng"};

std::string lower_case(std::string text) {
    for (char& c : text)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return text;
}

/// Lists a folder whole before anything below it, so that few folders are open at a time.
std::vector<fs::directory_entry> entries_of(const fs::path& folder) {
    std::vector<fs::directory_entry> entries;
    std::error_code error;
    for (fs::directory_iterator it(folder, error); !error && it != fs::directory_iterator();
         it.increment(error))
        entries.push_back(*it);
    if (error) {
        throw FolderError("{}: the folder cannot be listed ({}): check its permissions, or move it away",
                          folder.string(), error.message());
    }
    std::erase_if(entries, [](const fs::directory_entry& entry) { return is_hidden(entry.path()); });
    return entries;
}

bool is_folder(const fs::directory_entry& entry) {
    std::error_code ignored;
    return entry.is_directory(ignored);
}

bool leads_nowhere(const fs::directory_entry& entry) {
    std::error_code ignored;
    const fs::file_type type = entry.status(ignored).type();
    return type == fs::file_type::not_found || type == fs::file_type::none;  // none: a loop, or not permitted
}

/// A link that leads nowhere is an image that cannot be read, and is named as one.
bool is_image(const fs::directory_entry& entry) {
    std::error_code ignored;
    const bool by_name =
        has_image_extension(entry.path()) && (entry.is_regular_file(ignored) || leads_nowhere(entry));
    return by_name || begins_as_image(entry.path());
}

void add_no_image(const fs::path& file, PassedOver& passed_over) {
    const bool picture =
        std::ranges::find(not_decodable, lower_case(file.extension().string())) != not_decodable.end();
    (picture ? passed_over.other_images : passed_over.no_images).push_back(file.string());
}

class Search {
  public:
    Search(const fs::path& root, PassedOver& passed_over) : root_(root), passed_over_(passed_over) {}

    std::vector<std::string> run(const std::string& folder) {
        // A link to a folder above would bring in the other classes' images.
        for (const fs::path& start : {real_path(root_), real_path(root_ / folder).parent_path()}) {
            for (fs::path above = start; visited_.insert(above).second;)
                above = above.parent_path();  // of the root: itself
        }
        if (folder.empty()) visited_.erase(real_path(root_));
        visit(folder);
        std::sort(found_.begin(), found_.end());
        std::vector<std::string> paths;
        paths.reserve(found_.size());
        for (const auto& [in, file] : found_)
            paths.push_back((fs::path(in) / file).string());
        return paths;
    }

  private:
    static fs::path real_path(const fs::path& folder) {
        std::error_code error;
        fs::path real = fs::canonical(folder, error);
        if (error) throw FolderError("{}: cannot be followed ({})", folder.string(), error.message());
        return real;
    }

    void visit(const fs::path& folder) {
        if (!visited_.insert(real_path(root_ / folder)).second) {
            passed_over_.links.push_back(folder.string());
            return;
        }
        for (const fs::directory_entry& entry : entries_of(root_ / folder)) {
            const fs::path name = entry.path().filename();
            if (is_folder(entry))
                below_.push_back(folder / name);
            else
                take(entry, folder, name);
        }
        // Real folders first: a link to one of them is then the one that is left out.
        std::vector<fs::path> below = std::exchange(below_, {});
        std::sort(below.begin(), below.end());
        std::stable_partition(below.begin(), below.end(), [&](const fs::path& f) { return !is_link(f); });
        for (const fs::path& next : below)
            visit(next);
    }

    bool is_link(const fs::path& folder) const {
        std::error_code ignored;
        return fs::is_symlink(root_ / folder, ignored);
    }

    void take(const fs::directory_entry& entry, const fs::path& folder, const fs::path& name) {
        if (is_image(entry))
            found_.emplace_back(folder.string(), name.string());
        else
            add_no_image(folder / name, passed_over_);
    }

    const fs::path& root_;
    PassedOver& passed_over_;
    std::set<fs::path> visited_;
    std::vector<fs::path> below_;
    std::vector<std::pair<std::string, std::string>> found_;  ///< folder, file
};

}  // namespace

std::string first_of(const std::vector<std::string>& names, size_t shown) {
    if (names.size() <= shown) return fmt::format("{}", fmt::join(names, ", "));
    return fmt::format("{} and {} more",
                       fmt::join(names.begin(), names.begin() + static_cast<ptrdiff_t>(shown), ", "),
                       names.size() - shown);
}

std::vector<std::string> PassedOver::notices(const fs::path& root) const {
    std::vector<std::string> lines;
    const auto say = [&](std::vector<std::string> names, std::string_view one, std::string_view many) {
        std::ranges::sort(names);
        if (names.size() == 1)
            lines.push_back(fmt::format("{}: 1 {}: {}", root.string(), one, names.front()));
        if (names.size() > 1)
            lines.push_back(fmt::format("{}: {} {}: {}", root.string(), names.size(), many, first_of(names)));
    };
    say(no_images, "file is no image and was skipped", "files are no images and were skipped");
    say(classless, "file lies beside the class folders and was skipped",
        "files lie beside the class folders and were skipped");
    say(links, "link leads to a folder that was read already or lies above, and was not followed",
        "links lead to folders that were read already or lie above, and were not followed");
    return lines;
}

bool is_hidden(const fs::path& path) {
    const std::string name = path.filename().string();
    return name.starts_with('.') || std::ranges::find(left_behind, lower_case(name)) != left_behind.end();
}

std::vector<std::string> folders_in(const fs::path& folder) {
    std::vector<std::string> names;
    for (const fs::directory_entry& entry : entries_of(folder))
        if (is_folder(entry)) names.push_back(entry.path().filename().string());
    std::sort(names.begin(), names.end());
    return names;
}

bool holds_images(const fs::path& folder) {
    return std::ranges::any_of(entries_of(folder), [](const fs::directory_entry& entry) {
        return !is_folder(entry) && is_image(entry);
    });
}

void find_classless(const fs::path& folder, PassedOver& passed_over) {
    for (const fs::directory_entry& entry : entries_of(folder)) {
        if (is_folder(entry)) continue;
        const fs::path name = entry.path().filename();
        if (leads_nowhere(entry) || is_image(entry))
            passed_over.classless.push_back(name.string());
        else
            add_no_image(name, passed_over);
    }
}

std::vector<std::string> find_images(const fs::path& root, const std::string& folder,
                                     PassedOver& passed_over) {
    return Search(root, passed_over).run(folder);
}

}  // namespace vkm::image
