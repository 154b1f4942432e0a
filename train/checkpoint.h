#pragma once

#include <train/model_snapshot.h>

#include <filesystem>
#include <map>
#include <string>

namespace vkm::train {

/// A checkpoint that cannot be read, or belongs to another run.
class CheckpointError : public Error {
  public:
    using Error::Error;
};

/// Where a run stands: everything besides the tensors that it needs to go on bit for bit. Random numbers need
/// no state of their own, being keyed by seed, epoch and position.
struct Position {
    int64_t step = 0;       ///< optimizer updates done
    int64_t epoch = 0;      ///< of the next batch
    int64_t batch = 0;      ///< number of the next batch within its epoch
    double best_top1 = -1;  ///< of validations so far
    double last_loss = 0;
    int64_t batches_tracked = 0;             ///< by batch norm before this run's first step
    std::map<std::string, std::string> run;  ///< what must not change: seed, batch size, shares, model, …
};

/// Writes folder/state.safetensors: parameters, what the optimizer declares to keep, the loss scale of mixed
/// precision and every replica's running statistics as they are stored, and the position. Written beside and renamed, so that a
/// crash at any moment leaves the old or the new one, whole.
void save_checkpoint(const std::filesystem::path& folder, ModelSnapshot&, const Position&);

/// Whether save_checkpoint has ever finished there.
bool checkpoint_exists(const std::filesystem::path& folder);

/// Restores the replicas and returns the position. Throws CheckpointError naming the first setting of `run`
/// that differs.
Position load_checkpoint(const std::filesystem::path& folder, ModelOnDevices&, const graph::Graph& training,
                         const std::map<std::string, std::string>& run);

}  // namespace vkm::train
