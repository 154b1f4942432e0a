#pragma once

#include <infer/classifier.h>
#include <infer/heat_map.h>

#include <CLI/CLI.hpp>
#include <nlohmann/json_fwd.hpp>

#include <filesystem>
#include <map>
#include <string>
#include <vector>

namespace vkm::apps {

/// Holds what is asked of heat maps on the command line.
struct HeatMapArguments {
    std::string out;                   ///< a folder, or a file of one image; empty: no heat maps
    std::vector<std::string> classes;  ///< names or numbers; none: the most probable ones

    void add(CLI::App&);
    explicit operator bool() const { return !out.empty(); }
};

/// Writes a PNG file for each image: the image, and below it where a network saw the classes that it named.
class HeatMapPictures {
  public:
    /// Throws UsageError for a class that the network does not know, and where one file is to hold several images.
    HeatMapPictures(const HeatMapArguments&, size_t images, const graph::ModelConfig&,
                    std::vector<std::string> class_names);

    /// Takes another network on a device; before the first call of write().
    void open(graph::PlannedDevice&, const graph::StateDict& weights, const infer::HeatMaps::Options&);

    /// Explains what was said of an image and writes its file. Returns {"file", "seen", "maps"} as JSON has it.
    nlohmann::json write(const std::string& image, const infer::Classification&);

  private:
    std::vector<infer::Prediction> explained(const infer::Classification&) const;
    std::filesystem::path file_for(const std::string& image);

    std::filesystem::path out_;
    bool one_file_;
    graph::ModelConfig config_;
    std::vector<std::string> class_names_;
    std::vector<int64_t> classes_;        ///< those asked for
    std::map<std::string, int> written_;  ///< how often a name was taken
    std::optional<infer::HeatMaps> maps_;
};

}  // namespace vkm::apps
