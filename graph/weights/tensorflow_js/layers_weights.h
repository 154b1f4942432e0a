#pragma once

#include <graph/weights/error.h>

#include <nlohmann/json_fwd.hpp>

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace vkm::graph {

/// Holds an array of a TensorFlow.js model.
struct LayersArray {
    std::vector<int64_t> shape;
    std::vector<float> values;
};

/// Returns a file beside a model, or an error of its own.
using FileBeside = std::function<std::vector<std::byte>(const std::string& name)>;

/// Reads the arrays that a weightsManifest lists, [{"paths": […], "weights": [{"name", "shape", "dtype",
/// "quantization"?}]}]: the files of a group are one behind the other. Throws WeightsError naming `file` and
/// the array that is damaged.
std::map<std::string, LayersArray> read_manifest(const nlohmann::json&, const FileBeside&,
                                                 const std::string& file);

}  // namespace vkm::graph
