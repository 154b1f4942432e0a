#include "sources/video.h"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <csignal>
#include <cstring>
#include <utility>
#include <vector>

extern char** environ;

namespace vkm::demo {
namespace {

namespace fs = std::filesystem;

constexpr int largest_side = 640;

// Opens a pipe that ffmpeg alone gets an end of.
bool open_pipe(int (&ends)[2]) {
#if defined(__APPLE__)  // has no pipe2()
    if (::pipe(ends) != 0) return false;
    for (const int end : ends)
        ::fcntl(end, F_SETFD, FD_CLOEXEC);
    return true;
#else
    return ::pipe2(ends, O_CLOEXEC) == 0;
#endif
}

// Runs ffmpeg and reads what it writes to its standard output.
class Player {
  public:
    explicit Player(const fs::path& video) {
        int ends[2];
        if (!open_pipe(ends)) throw SourceError("no pipe can be made: {}", std::strerror(errno));
        output_ = ends[0];
        const std::string file = "file:" + fs::absolute(video).string();
        const std::string scale =
            "scale='min({0},iw)':'min({0},ih)':force_original_aspect_ratio=decrease:force_divisible_by=2";
        std::string filter = scale;
        for (size_t at; (at = filter.find("{0}")) != std::string::npos;)
            filter.replace(at, 3, std::to_string(largest_side));
        std::array<const char*, 20> arguments{
            "ffmpeg", "-nostdin",     "-v", "error",      "-re",  "-i",  file.c_str(), "-an",
            "-vf",    filter.c_str(), "-f", "image2pipe", "-c:v", "ppm", "pipe:1",     nullptr};
        posix_spawn_file_actions_t actions;
        posix_spawn_file_actions_init(&actions);
        posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
        posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
        const int error = ::posix_spawnp(&process_, "ffmpeg", &actions, nullptr,
                                         const_cast<char* const*>(arguments.data()), environ);
        posix_spawn_file_actions_destroy(&actions);
        ::close(ends[1]);
        if (error != 0) {
            ::close(output_);
            throw SourceError(
                "videos are read by the program ffmpeg, which cannot be started ({}): install it, e.g. "
                "`apt install ffmpeg`",
                std::strerror(error));
        }
    }
    ~Player() {
        ::close(output_);
        ::kill(process_, SIGKILL);
        while (::waitpid(process_, nullptr, 0) < 0 && errno == EINTR) {
        }
    }
    Player(const Player&) = delete;

    /// Reads so many bytes; false where there are no more, or `stop` was set.
    bool read(uint8_t* to, size_t bytes, const std::atomic<bool>& stop) const {
        for (size_t at = 0; at < bytes;) {
            if (stop) return false;
            pollfd ready{output_, POLLIN, 0};
            if (::poll(&ready, 1, 100) == 0) continue;
            const ssize_t got = ::read(output_, to + at, bytes - at);
            if (got < 0 && errno == EINTR) continue;
            if (got <= 0) return false;
            at += static_cast<size_t>(got);
        }
        return true;
    }

  private:
    pid_t process_ = 0;
    int output_ = -1;
};

class Video final : public Source {
  public:
    explicit Video(fs::path file) : file_(std::move(file)), player_(std::make_unique<Player>(file_)) {
        const std::atomic<bool> stop = false;
        first_ = read(stop);
        if (!first_) throw SourceError("{} is no video that ffmpeg can read, or is damaged", file_.string());
    }

    std::string description() const override { return "video " + file_.filename().string(); }

    std::optional<Picture> next(const std::atomic<bool>& stop) override {
        if (first_) return std::exchange(first_, std::nullopt);
        std::optional<Picture> picture = read(stop);
        if (picture || stop) return picture;
        player_ = std::make_unique<Player>(file_);  // from the beginning again
        picture = read(stop);
        if (!picture && !stop) throw SourceError("{} cannot be read any more", file_.string());
        return picture;
    }

  private:
    // Reads a PPM: "P6\nWIDTH HEIGHT\n255\n", then the pixels.
    std::optional<Picture> read(const std::atomic<bool>& stop) const {
        std::array<int, 3> numbers{};
        uint8_t magic[3];
        if (!player_->read(magic, sizeof magic, stop) || magic[0] != 'P' || magic[1] != '6') return {};
        for (int& number : numbers) {
            uint8_t digit = 0;
            while (player_->read(&digit, 1, stop) && digit >= '0' && digit <= '9')
                number = std::min(number * 10 + (digit - '0'), 1 << 20);
        }
        const auto [width, height, most] = numbers;
        if (width < 1 || height < 1 || width > largest_side || height > largest_side || most != 255)
            return {};
        image::Image picture{
            height, width,
            std::vector<uint8_t>(static_cast<size_t>(width) * static_cast<size_t>(height) * 3)};
        if (!player_->read(picture.rgb.data(), picture.rgb.size(), stop)) return {};
        return Picture{std::move(picture)};
    }

    fs::path file_;
    std::unique_ptr<Player> player_;
    std::optional<Picture> first_;
};

}  // namespace

bool has_video_extension(const fs::path& file) {
    constexpr std::array<std::string_view, 12> extensions{".mp4", ".m4v",  ".mkv", ".webm", ".mov", ".avi",
                                                          ".mpg", ".mpeg", ".ogv", ".wmv",  ".flv", ".ts"};
    std::string extension = file.extension().string();
    std::ranges::transform(extension, extension.begin(),
                           [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
    return std::ranges::find(extensions, extension) != extensions.end();
}

std::unique_ptr<Source> open_video(const fs::path& file) {
    std::error_code unknown;
    if (!fs::is_regular_file(file, unknown)) throw SourceError("{}: there is no such file", file.string());
    return std::make_unique<Video>(file);
}

}  // namespace vkm::demo
