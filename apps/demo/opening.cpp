#include "opening.h"

#include "samples.h"
#include "sources/camera.h"
#include "sources/pictures.h"
#include "sources/video.h"

#include <base/atomic_file.h>
#include <base/environment.h>
#include <base/plain_text.h>
#include <graph/weights/shards.h>
#include <image/decode/decode.h>
#include <image/find_images.h>

#include <array>
#include <cstdio>
#include <memory>

namespace vkm::demo {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view camera_word = "camera", simulated_word = "simulated:";

// Shows the pictures that are embedded in the program.
class Samples final : public Source {
  public:
    std::string description() const override { return "samples"; }
    bool moves() const override { return false; }
    void go_back() override {
        next_ = (next_ + 2 * embedded_samples().size() - 2) % embedded_samples().size();
    }
    std::optional<Picture> next(const std::atomic<bool>&) override {
        const Sample& sample = embedded_samples()[next_];
        next_ = (next_ + 1) % embedded_samples().size();
        return Picture{image::decode_image(sample.bytes, std::string(sample.name)), std::string(sample.name)};
    }

  private:
    size_t next_ = 0;
};

// Returns what a program writes; nothing where it is missing, fails or writes nothing.
std::vector<uint8_t> output_of(const char* command) {
    constexpr size_t most = size_t{256} << 20;
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> pipe(::popen(command, "r"), ::pclose);
    std::vector<uint8_t> bytes;
    std::array<uint8_t, 65536> part;
    while (pipe && bytes.size() < most) {
        const size_t got = std::fread(part.data(), 1, part.size(), pipe.get());
        if (got == 0) break;
        bytes.insert(bytes.end(), part.begin(), part.begin() + static_cast<ptrdiff_t>(got));
    }
    return bytes;
}

bool holds_a_model(const fs::path& folder) {
    try {
        return graph::all_weights_in_folder(folder).size() == 1;
    } catch (const FileError&) {
        return false;
    }
}

int digit(char c) {
    if (c >= '0' && c <= '9') return c - '0';
    if (c >= 'a' && c <= 'f') return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

// Returns the path of a line as file managers copy it: "file:///home/me/a%20b.png", or the path itself.
fs::path path_of(std::string_view line) {
    constexpr std::string_view scheme = "file://";
    if (!line.starts_with(scheme)) return line;
    line.remove_prefix(scheme.size());
    std::string path;
    for (size_t i = 0; i < line.size(); ++i) {
        const bool coded =
            line[i] == '%' && i + 2 < line.size() && digit(line[i + 1]) >= 0 && digit(line[i + 2]) >= 0;
        path += coded ? static_cast<char>(digit(line[i + 1]) * 16 + digit(line[i + 2])) : line[i];
        if (coded) i += 2;
    }
    return path;
}

}  // namespace

Opening tell_apart(const std::vector<fs::path>& paths) {
    Opening opening;
    const auto only = [&](std::optional<fs::path>& one, const fs::path& path, std::string_view kind) {
        if (one)
            opening.problem = fmt::format("'{}' and '{}' are two {}: open one at a time",
                                          one->filename().string(), path.filename().string(), kind);
        one = path;
    };
    for (const fs::path& path : paths) {
        std::error_code unknown;
        if (fs::is_directory(path, unknown)) {
            // A folder of a model's parts is told by its index; pictures in a folder are looked for when it is opened.
            if (holds_a_model(path))
                only(opening.weights, path, "models");
            else
                opening.pictures.push_back(path);
        } else if (image::begins_as_image(path) || image::has_image_extension(path)) {
            opening.pictures.push_back(path);
        } else if (has_video_extension(path)) {
            only(opening.video, path, "videos");
        } else {
            only(opening.weights, path, "models");
        }
    }
    if (opening.video && !opening.pictures.empty() && opening.problem.empty())
        opening.problem = fmt::format("the video '{}' would hide the pictures: open it by itself",
                                      opening.video->filename().string());
    return opening;
}

fs::path typed_path(std::string_view text) {
    const std::string_view typed = trimmed(text);
    const fs::path home = home_folder();
    if (!home.empty() && typed.starts_with("~/")) return home / typed.substr(2);
    return path_of(typed);
}

OpenSource source_of(const Opening& opening) {
    if (!opening.problem.empty())
        return [problem = opening.problem]() -> std::unique_ptr<Source> { throw SourceError(problem); };
    if (opening.video) return [file = *opening.video] { return open_video(file); };
    if (opening.pictures.empty()) return {};
    return [paths = opening.pictures]() -> std::unique_ptr<Source> {
        std::error_code unknown;
        if (paths.size() == 1 && fs::is_directory(paths.front(), unknown)) return open_folder(paths.front());
        std::vector<fs::path> files;
        for (const fs::path& path : paths) {
            if (!fs::is_directory(path, unknown)) {
                files.push_back(path);
                continue;
            }
            image::PassedOver passed_over;
            for (const std::string& file : image::find_images(path, "", passed_over))
                files.push_back(path / file);
        }
        const std::string description =
            files.size() == 1 ? files.front().filename().string() : fmt::format("{} pictures", files.size());
        return open_files(description, std::move(files));
    };
}

OpenSource source_named(const std::string& name, double simulated_rate) {
    if (name.starts_with(simulated_word))
        return [folder = name.substr(simulated_word.size()), simulated_rate] {
            return open_simulated_camera(folder, simulated_rate);
        };
    if (name == camera_word)
        return [] {
            const std::vector<fs::path> found = cameras();
            if (found.empty())
                throw SourceError(
                    "no camera was found: plug one in, or drop pictures or a video onto the window");
            return open_camera(found.front());
        };
    return
        [device = name.substr(std::min(name.size(), camera_word.size() + 1))] { return open_camera(device); };
}

OpenSource samples() {
    return [] { return std::make_unique<Samples>(); };
}

std::vector<fs::path> files_in(const std::string& text) {
    std::vector<fs::path> files;
    for (const std::string_view line : lines_of(text)) {
        const fs::path path = path_of(trimmed(line));
        std::error_code unknown;
        if (path.is_absolute() && fs::exists(path, unknown)) files.push_back(path);
    }
    return files;
}

OpenSource clipboard_picture() {
    return []() -> std::unique_ptr<Source> {
        for (const char* command : {"wl-paste --no-newline --type image/png 2>/dev/null",
                                    "xclip -selection clipboard -target image/png -out 2>/dev/null"})
            if (const std::vector<uint8_t> bytes = output_of(command); !bytes.empty())
                return open_picture("pasted", image::decode_image(bytes, "the clipboard's picture"));
        throw SourceError(
            "the clipboard holds no picture that can be read: copy a picture or a picture's file (`wl-paste` or `xclip` "
            "must be installed)");
    };
}

}  // namespace vkm::demo
