#pragma once

#include <graph/models/model_config.h>
#include <graph/weights/dialect.h>
#include <graph/weights/parameters.h>
#include <graph/weights/written_form.h>

#include <filesystem>

namespace vkm::graph {

/// Holds a weights file and what it says of itself.
struct ModelFile {
    StateDict weights;
    /// What the file says, or else what its names and shapes do; absent where they fit no network that is known.
    std::optional<ModelConfig> config;
    std::vector<std::string> class_names = {};  ///< may be empty
    /// What the user should know: what was assumed, chosen or left out. A sentence each, the file in front.
    std::vector<std::string> notices = {};
    OriginalTensors original = {};  ///< where names or shapes in the file are others
    /// Whose names the file has, or had before it was converted or trained from; null where they always were ours.
    const Dialect* dialect = nullptr;
    /// What the file holds that no network uses, for writing it back (graph/weights/original_names.h).
    std::vector<NamedTensor> without_use = {};
};

/// Reads any weights file (graph/weights/weights_file.h): the dict of tensors that fits a network, under our
/// names. Throws WeightsError also where a number in it is not finite.
ModelFile read_model_file(const std::filesystem::path&);

/// Writes a weights file, atomically, in the format that its extension names: torchvision's state dict in
/// fp32, with configuration, normalisation and class names in the metadata, so that the file needs no model
/// options to be used. `original_names` is the dialect that training started from, if any.
void write_model_file(const std::filesystem::path&, const Graph&, const std::map<ValueId, HostTensor>& values,
                      const ModelConfig&, const std::vector<std::string>& class_names,
                      int64_t num_batches_tracked, std::string_view original_names = {});

}  // namespace vkm::graph
