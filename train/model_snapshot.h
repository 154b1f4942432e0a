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
    ModelSnapshot(ModelOnDevices& model, const graph::Graph& training) : model_(model), graph_(training) {}

    const graph::Graph& graph() const { return graph_; }
    size_t replicas() const { return model_.count(); }

    /// Returns a replica's flat buffer (graph/flat_buffers.h), as stored, or the main replica's.
    const std::vector<std::byte>& flat(graph::ValueId, size_t replica);
    const std::vector<std::byte>& flat(graph::ValueId id) { return flat(id, model_.main_replica()); }
    /// Returns the main replica's parameters and running statistics.
    const ParameterValues& values();

  private:
    ModelOnDevices& model_;
    const graph::Graph& graph_;
    std::map<std::pair<graph::ValueId, size_t>, std::vector<std::byte>> flats_;
    std::optional<ParameterValues> values_;
};

}  // namespace vkm::train
