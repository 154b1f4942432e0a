#pragma once

#include <train/model_on_devices.h>

#include <map>
#include <optional>
#include <utility>
#include <vector>

namespace vkm::train {

/// Holds the model on the host as it stands between two steps, until the next step. Each buffer is
/// read from its device once, when it is first asked for, however many want it: checks, checkpoints,
/// weights files, an evaluator.
class ModelSnapshot {
  public:
    /// Where a job has several processes, all of them make it: it takes what others have from them.
    ModelSnapshot(ModelOnDevices& model, const graph::Graph& training);

    const graph::Graph& graph() const { return graph_; }
    size_t replicas() const { return model_.count_of_statistics(); }

    /// Returns the flat buffer (graph/flat_buffers.h) of one of all devices, as stored, or the main one's. Of another
    /// process's device those that differ: running statistics.
    const std::vector<std::byte>& flat(graph::ValueId, size_t device);
    const std::vector<std::byte>& flat(graph::ValueId id) { return flat(id, model_.main_of_all()); }
    /// Returns the main device's parameters and running statistics.
    const ParameterValues& values();

  private:
    bool is_here(size_t device) const;

    ModelOnDevices& model_;
    const graph::Graph& graph_;
    std::map<std::pair<graph::ValueId, size_t>, std::vector<std::byte>> flats_;
    std::optional<ParameterValues> values_;
};

}  // namespace vkm::train
