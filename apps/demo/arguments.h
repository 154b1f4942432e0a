#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace vkm::demo {

/// Holds the command line.
struct Arguments {
    std::optional<uint32_t> device = {};
    std::filesystem::path weights = {}, labels = {}, session = {}, describe = {};
    std::string precision = "fp32", source = {}, tab = "live", theme = "dark";
    int width = 1280, height = 800;
    double rate = 30;  ///< pictures a second of a simulated camera
    std::vector<std::filesystem::path> files = {};
};

/// Parses it; nothing where it asked for help, which was printed. Throws CLI::ParseError.
std::optional<Arguments> parse_arguments(int count, char** values);

/// Returns where lessons are kept unless another folder is named: $XDG_DATA_HOME/vkmbv3/session, else
/// ~/.local/share/vkmbv3/session, else ./vkmbv3-session.
std::filesystem::path usual_session();

}  // namespace vkm::demo
