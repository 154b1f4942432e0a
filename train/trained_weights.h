#pragma once

#include <train/averaged_weights.h>

#include <functional>
#include <optional>

namespace vkm::train {

/// Holds the weights of a training between two steps, as they are validated and written. They are read from the
/// devices when they are first asked for.
class TrainedWeights {
  public:
    /// Puts new running statistics into weights.
    using Estimate = std::function<void(ParameterValues&)>;

    TrainedWeights(ModelOnDevices& model, const graph::Graph& training) : model_(model), graph_(training) {}

    /// From now on running statistics are not those that training leaves, but estimated anew.
    void estimate_statistics(Estimate estimate) { estimate_ = std::move(estimate); }

    /// Returns the model as training leaves it. As with weights() and average(), all processes of a job ask for it.
    ModelSnapshot& snapshot();
    const ParameterValues& weights();
    /// Returns whether there is a moving average, and its weights.
    bool has_average() const { return keeps_average(graph_); }
    const ParameterValues& average();

    /// Forgets what was read: a step changes it.
    void forget();

  private:
    ModelOnDevices& model_;
    const graph::Graph& graph_;
    Estimate estimate_;
    std::optional<ModelSnapshot> snapshot_;
    std::optional<ParameterValues> estimated_, average_;
};

}  // namespace vkm::train
