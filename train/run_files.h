#pragma once

#include <train/run_schedule.h>
#include <train/trained_weights.h>

namespace vkm::train {

/// Writes what a run leaves in its directory beside its steps: the checkpoint and the latest weights, the best weights, and
/// those of epochs. It is called between two steps, by all processes of a job, of which rank 0 writes.
class RunFiles {
  public:
    /// What is given must outlive it.
    RunFiles(const TrainerOptions&, const ModelOnDevices&, const graph::Graph& training, const RunSchedule&);

    /// Writes the checkpoint and the weights as they are. Throws graph::NonFinite where they are not finite, which a
    /// finite loss may have made them; the checkpoint before stays then.
    void save(TrainedWeights&, const Position&) const;

    /// Takes a validation of the last step into the position, and keeps its weights where they are among the best.
    void keep_the_best(TrainedWeights&, const Evaluation&, Position&) const;

    /// Keeps the weights of the epoch that is over.
    void keep_epoch(TrainedWeights&, const Position&) const;

  private:
    void require_finite(TrainedWeights&, const Position&) const;
    void write_weights(const std::filesystem::path&, const ParameterValues&, const Position&) const;
    int64_t batches_seen(const Position&) const;

    const TrainerOptions& options_;
    const ModelOnDevices& model_;
    const graph::Graph& graph_;
    const RunSchedule& schedule_;
};

}  // namespace vkm::train
