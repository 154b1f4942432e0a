#include "cli/image_inputs.h"

#include <base/csv.h>
#include <base/foreign_text.h>
#include <base/plain_text.h>
#include <image/decode/decode.h>
#include <image/find_images.h>

#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>

namespace vkm::apps {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view list_prefix = "list:";
constexpr std::array<std::string_view, 5> list_extensions{".txt", ".csv", ".tsv", ".lst", ".list"};
constexpr std::array<std::string_view, 8> path_columns{"path",      "file",       "filename", "image",
                                                       "imagepath", "image_path", "filepath", "img_path"};
constexpr size_t rows_looked_at = 32;

std::string lower_case(std::string text) {
    for (char& c : text)
        if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return text;
}

bool is_list(const std::string& argument) {
    if (argument.starts_with(list_prefix)) return true;
    const std::string extension = lower_case(fs::path(argument).extension().string());
    std::error_code none;
    return std::ranges::find(list_extensions, extension) != list_extensions.end() &&
           fs::is_regular_file(argument, none) && !image::begins_as_image(argument);
}

std::string read_text(const std::string& file) {
    std::ifstream in(file, std::ios::binary);
    std::string text(std::istreambuf_iterator<char>(in), {});
    std::error_code none;
    if (!in || fs::is_directory(file, none)) throw Error("{}: the list cannot be read; check the path", file);
    return text;
}

/// Finds the files that a list's texts mean.
class Paths {
  public:
    explicit Paths(const std::string& folder) : folder_(folder) {}

    bool exists(const std::string& text) const { return !text.empty() && is_there(resolved(text)); }

    /// Returns where a path leads: below the list's folder, unless only the current folder has it.
    std::string resolved(const std::string& text) const {
        const fs::path beside = folder_ / text;
        return !is_there(beside) && is_there(text) ? text : beside.string();
    }

  private:
    static bool is_there(const fs::path& path) {
        std::error_code none;
        return fs::exists(path, none) && !fs::is_directory(path, none);
    }

    fs::path folder_;
};

std::vector<std::string> lines_in(const std::string& text) {
    std::vector<std::string> lines;
    for (const std::string_view line : lines_of(text))
        if (const std::string_view path = trimmed(line); !path.empty()) lines.emplace_back(path);
    return lines;
}

template <typename Range, typename Predicate>
size_t count_first(const Range& range, const Predicate& predicate) {
    return static_cast<size_t>(std::count_if(
        range.begin(), range.begin() + static_cast<ptrdiff_t>(std::min(rows_looked_at, range.size())),
        predicate));
}

std::string field(const CsvRow& row, size_t column) {
    return column < row.fields.size() ? std::string(trimmed(row.fields[column])) : std::string();
}

bool names_paths(const std::string& field) {
    return std::ranges::find(path_columns, lower_case(field)) != path_columns.end();
}

/// Returns whether lines are paths as they stand: some are there, or none could be divided.
bool are_paths(const std::vector<std::string>& lines, const Paths& paths) {
    return count_first(lines, [&](const std::string& line) { return paths.exists(line); }) > 0 ||
           std::ranges::none_of(lines, [](const std::string& line) {
               return line.find_first_of(",;|\t\"") != line.npos ||
                      (line.find(' ') != line.npos && !image::has_image_extension(line));
           });
}

/// Returns the column that holds the paths: the one with most files, else the one that is called so.
size_t path_column(const std::vector<CsvRow>& rows, const Paths& paths) {
    size_t best = 0, most = 0;
    const size_t columns =
        std::ranges::max(rows, {}, [](const CsvRow& row) { return row.fields.size(); }).fields.size();
    for (size_t c = 0; c < columns; ++c) {
        const size_t files =
            count_first(rows, [&](const CsvRow& row) { return paths.exists(field(row, c)); });
        if (files > most) best = c;
        most = std::max(most, files);
    }
    if (most > 0) return best;
    for (size_t c = 0; c < columns; ++c)
        if (names_paths(field(rows.front(), c))) return c;
    return 0;
}

/// Returns the paths of the rows. The first row names the columns where its field is no file and the next one's is.
std::vector<std::string> paths_in(const std::vector<CsvRow>& rows, const Paths& paths) {
    std::vector<std::string> images;
    if (rows.empty()) return images;
    const size_t column = path_column(rows, paths);
    for (const CsvRow& row : rows)
        images.push_back(field(row, column));
    if (rows.size() > 1 && !paths.exists(images[0]) && paths.exists(images[1]) &&
        !image::has_image_extension(images[0]))
        images.erase(images.begin());
    return images;
}

std::vector<ImageInput> in_list(const std::string& text, const std::string& folder, const std::string& name) {
    std::vector<ImageInput> inputs;
    for (std::string& path : listed_images(text, folder, name))
        inputs.push_back({std::move(path)});
    return inputs;
}

std::vector<ImageInput> in_folder(const std::string& folder) {
    std::vector<ImageInput> inputs;
    try {
        image::PassedOver passed_over;
        std::vector<std::string> images = image::find_images(folder, "", passed_over);
        // Pictures of other formats fail one by one: nobody thinks then that they were classified.
        images.insert(images.end(), passed_over.other_images.begin(), passed_over.other_images.end());
        for (const std::string& notice : passed_over.notices(folder))
            spdlog::warn("{}", notice);
        for (const std::string& file : images)
            inputs.push_back({(fs::path(folder) / file).string()});
        if (inputs.empty()) inputs.push_back({folder, fmt::format("{}: the folder holds no images", folder)});
    } catch (const image::FolderError& error) {
        inputs.push_back({folder, error.what()});
    }
    return inputs;
}

std::vector<ImageInput> inputs_of(const std::string& argument) {
    std::error_code none;
    if (argument == "-") {
        const std::string text(std::istreambuf_iterator<char>(std::cin), {});
        return in_list(text, "", "standard input");
    }
    if (is_list(argument)) {
        const std::string file =
            argument.starts_with(list_prefix) ? argument.substr(list_prefix.size()) : argument;
        return in_list(read_text(file), fs::path(file).parent_path().string(), file);
    }
    if (fs::is_directory(argument, none)) return in_folder(argument);
    return {{argument}};
}

}  // namespace

std::vector<std::string> listed_images(const std::string& bytes, const std::string& folder,
                                       const std::string& name) {
    const bool wide = bytes.starts_with("\xFF\xFE") || bytes.starts_with("\xFE\xFF");
    std::string text = wide ? utf8_text(bytes, name) : bytes;
    require_plain_text(text, name);
    if (text.starts_with("\xEF\xBB\xBF")) text.erase(0, 3);
    const Paths paths(folder);
    std::vector<std::string> images = lines_in(text);
    if (!images.empty() && !are_paths(images, paths)) images = paths_in(parse_csv(text, name), paths);
    if (!images.empty() && !paths.exists(images.front()) && names_paths(images.front()))
        images.erase(images.begin());
    if (images.empty()) throw Error("{} lists no images: it needs a path a line", name);
    for (std::string& image : images)
        image = paths.resolved(image);
    return images;
}

std::vector<ImageInput> image_inputs(const std::vector<std::string>& arguments) {
    std::vector<ImageInput> inputs;
    for (const std::string& argument : arguments)
        std::ranges::move(inputs_of(argument), std::back_inserter(inputs));
    return inputs;
}

}  // namespace vkm::apps
