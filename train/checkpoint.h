#pragma once

#include <train/keeping.h>
#include <train/model_snapshot.h>

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace vkm::train {

/// Reports a checkpoint that cannot be read, or that belongs to another run.
class CheckpointError : public Error {
  public:
    using Error::Error;
};

/// Holds what a validation found.
struct ValidationRecord {
    int64_t step = 0;  ///< updates done when it was made
    std::string data;  ///< what it was made on, as the user names it
    double loss = 0, top1 = 0, top5 = 0;
    std::optional<Scores> ema = {};  ///< of the moving average

    bool operator==(const ValidationRecord&) const = default;
};
ValidationRecord record_of(const Evaluation&, int64_t step, const std::string& data);
/// Returns what a record says of a validation: all but how many images it had and how long it took.
Evaluation evaluation_of(const ValidationRecord&);

/// Holds where a run stands: everything besides the tensors that it needs to go on bit for bit. Random
/// numbers need no state, because they are keyed by seed, epoch and position.
struct Position {
    int64_t step = 0;       ///< optimizer updates done
    int64_t epoch = 0;      ///< of the next batch
    int64_t batch = 0;      ///< number of the next batch within its epoch
    double best_top1 = -1;  ///< of validations so far
    double last_loss = 0;
    int64_t batches_tracked = 0;             ///< by batch norm before this run's first step
    std::map<std::string, std::string> run;  ///< what must not change: seed, batch size, shares, model, …

    int64_t epochs = 0;  ///< that the run is to have
    /// Of the next step, as the schedule was when this was saved. Absent in older versions' checkpoints.
    std::optional<double> next_learning_rate = {};
    int64_t skipped_steps = 0;                  ///< in mixed precision
    std::vector<std::string> class_names = {};  ///< of the labels; none where the data carry none
    std::string original_names = {};  ///< the dialect of the weights that the run began with; empty: ours
    std::optional<ValidationRecord> validation = {};  ///< the last one
    /// Where more than the best top-1 matters. Absent in older versions' checkpoints.
    std::optional<Standing> standing = {};
    /// Of the next batch, by device, where they are measured or of several processes; none: the run's settings say.
    std::vector<int64_t> shares = {};
    size_t processes = 1;  ///< that made the run so far
};

/// Names the setting of Position::run that says how batches are split.
inline const std::string split_setting = "split over devices";

/// Writes folder/state.safetensors: the position, and, as they are stored, the parameters, frozen ones too, the optimizer's
/// states, the loss scale of mixed precision and every replica's running statistics. The file is written
/// beside the old one and renamed, so that a crash at any moment leaves the old or the new one, whole.
/// Throws CheckpointError where the folder cannot be made, FileError where the file cannot be written.
void save_checkpoint(const std::filesystem::path& folder, ModelSnapshot&, const Position&);

/// Returns whether save_checkpoint has ever finished there.
bool checkpoint_exists(const std::filesystem::path& folder);

/// Returns what an error that ends a run says of its checkpoint, behind the rest; nothing where it has none.
std::string mention_of_checkpoint(const std::filesystem::path& run);

/// Returns the position without restoring anything. Throws CheckpointError.
Position read_position(const std::filesystem::path& folder);

/// Restores the replicas and returns the position. Throws CheckpointError naming the first setting of `run`
/// that differs. Only the split over devices may, where one of the two jobs has several processes: then all devices begin
/// with the running statistics that the main one had.
Position load_checkpoint(const std::filesystem::path& folder, ModelOnDevices&, const graph::Graph& training,
                         const std::map<std::string, std::string>& run);

}  // namespace vkm::train
