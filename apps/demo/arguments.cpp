#include "arguments.h"

#include <base/version.h>

#include <fmt/core.h>
#include <CLI/CLI.hpp>

#include <cstdlib>

namespace vkm::demo {
namespace {

constexpr const char* keys = R"(Keys:
  Ctrl+1, 2, 3      live, teach, layers          Ctrl+O   type a path to open
  left, right       the picture before, the next Ctrl+V   show what the clipboard holds
  1 … 9             teach: record into a class   Ctrl+Z   teach: undo
  H                 live: heat map               Ctrl+S   teach: save what was taught
  Ctrl+Q            quit

Files and folders may also be dropped onto the window: pictures and videos are shown (pictures dropped onto
a class are taught), anything else is taken for weights.)";

// Returns what is wrong with the name of a source; empty: nothing.
std::string problem_of_source(const std::string& name) {
    const auto has_rest = [&](std::string_view start) {
        return name.starts_with(start) && name.size() > start.size();
    };
    if (name == "camera" || name == "samples" || has_rest("camera:") || has_rest("simulated:")) return {};
    return fmt::format("'{}' is none of camera, camera:/dev/video1, samples and simulated:FOLDER", name);
}

std::string help_of(const CLI::App& app) {
    return app.help() + "\n" + keys + "\n";
}

}  // namespace

std::filesystem::path usual_session() {
    if (const char* data = std::getenv("XDG_DATA_HOME"); data && *data)
        return std::filesystem::path(data) / "vkmbv3" / "session";
    if (const char* home = std::getenv("HOME"); home && *home)
        return std::filesystem::path(home) / ".local" / "share" / "vkmbv3" / "session";
    return "vkmbv3-session";
}

std::optional<Arguments> parse_arguments(int count, char** values) {
    Arguments arguments;
    CLI::App app(
        "A window that classifies what a camera, a video or pictures show, and teaches the network new classes.",
        "vkmbv3-demo");
    app.set_version_flag("--version", "vkmbv3 " + std::string(version()));
    app.set_help_flag();
    bool help = false;
    app.add_flag("-h,--help", help, "Print this help message and exit");
    app.add_option("FILE", arguments.files, "pictures, a folder of them, a video, or weights");
    app.add_option("--weights", arguments.weights,
                   "weights to classify with and to teach from, of any format that "
                   "`vkmbv3 predict` reads");
    app.add_option("--labels", arguments.labels,
                   "class names, as for `vkmbv3 predict` (default: those in the weights file)");
    app.add_option("--device", arguments.device,
                   "device index as `vkmbv3 devices` prints it (default: the fastest kind)");
    app.add_option("--precision", arguments.precision, "fp32, or fp16 for half the memory")
        ->check(CLI::IsMember({"fp32", "fp16"}))
        ->capture_default_str();
    app.add_option(
           "--source", arguments.source,
           "camera, camera:/dev/video1, samples, or simulated:FOLDER, which plays a folder's pictures as a camera "
           "would (default: the samples)")
        ->check(CLI::Validator(problem_of_source, "SOURCE"));
    app.add_option("--rate", arguments.rate, "pictures a second of simulated:FOLDER")
        ->check(CLI::Range(0.1, 10000.0))
        ->capture_default_str();
    app.add_option("--session", arguments.session,
                   "folder where lessons, their pictures and what was taught are kept (default: " +
                       usual_session().string() + ")");
    app.add_option("--tab", arguments.tab, "what is shown first")
        ->check(CLI::IsMember({"live", "teach", "layers"}))
        ->capture_default_str();
    app.add_option("--theme", arguments.theme, "dark or light")
        ->check(CLI::IsMember({"dark", "light"}))
        ->capture_default_str();
    app.add_option("--width", arguments.width, "of the window")
        ->check(CLI::Range(320, 16384))
        ->capture_default_str();
    app.add_option("--height", arguments.height, "of the window")
        ->check(CLI::Range(240, 16384))
        ->capture_default_str();
    app.add_option(
        "--describe", arguments.describe,
        "keep a description of what the window shows in this file, as JSON: for tests and for programs that read "
        "it out");
    app.parse(count, values);
    if (help) {
        fmt::print("{}", help_of(app));
        return {};
    }
    if (arguments.session.empty()) arguments.session = usual_session();
    return arguments;
}

}  // namespace vkm::demo
