#pragma once

#include "cli/tuning.h"
#include "commands/training/train_arguments.h"

#include <graph/weights/model_file.h>
#include <train/checkpoint.h>
#include <train/data/held_back.h>
#include <train/model_on_devices.h>

#include <map>
#include <memory>
#include <optional>

namespace vkm::apps {

/// Holds what `train` trains and `explain` explains: the model, the data and the open devices that the
/// arguments mean, with every choice made.
class TrainingSetup {
  public:
    /// Resolves `arguments` in place, the batch size included, and says on stderr what was chosen. Throws
    /// UsageError and whatever opening files and devices throws.
    /// All processes of a job make theirs at the same time.
    explicit TrainingSetup(TrainArguments& arguments, graph::World& world = graph::one_process());

    bool resumes() const { return !arguments_.resume.empty(); }
    bool from_checkpoint() const { return before_.has_value(); }
    const graph::ModelFile* init() const { return init_ ? &*init_ : nullptr; }  ///< null: no --init
    const graph::ModelConfig& model() const { return model_; }
    const std::shared_ptr<const train::Dataset>& data() const { return data_.training; }
    /// May be null.
    const std::shared_ptr<const train::Dataset>& validation() const { return data_.validation; }
    /// Returns what a run with --val-split must not change when it is resumed, by name.
    std::map<std::string, std::string> fixed_settings() const;
    const std::vector<uint32_t>& device_indices() const { return open_.indices; }
    std::vector<graph::PlannedDevice*> devices() const { return open_.pointers(); }
    graph::PlannedDevice& first_device() const { return *open_.devices.front(); }
    train::ModelOnDevices& replicas() { return replicas_; }
    graph::DType storage() const { return storage_; }
    /// Returns how batches are split, and the value of --shares that says so.
    const train::SharePolicy& shares() const { return shares_; }
    train::PlacementPolicy::Kind placement() const { return placement_; }
    /// Returns all devices' shares of a run's first batches.
    std::vector<train::Share> first_shares() const;
    const std::string& shares_in_force() const { return shares_in_force_; }
    /// Returns what tells the kinds of all processes' devices apart, in the order of shares.
    const std::vector<std::string>& kinds() const { return kinds_; }

  private:
    std::string precision_key() const;
    graph::DType agreed_storage() const;
    std::vector<std::string> kinds_of_all() const;
    void share_memory();
    int64_t largest_batch(const train::ModelOnDevices&, graph::DType storage) const;
    /// Says which of all devices of a job a process has.
    struct Among {
        size_t first, count_of_all;
    };
    std::vector<train::Share> shares_by(const train::SharePolicy&, size_t count_of_all) const;
    Workload workload(const OpenDevices&, size_t device, Among, graph::DType storage) const;
    OpenDevices open_devices(graph::World&) const;

    TrainArguments& arguments_;
    std::optional<train::Position> before_;  ///< of the checkpoint to go on from
    std::optional<graph::ModelFile> init_;
    graph::ModelConfig model_;
    train::HeldBack data_;
    OpenDevices open_;
    train::ModelOnDevices replicas_;
    graph::DType storage_;
    std::vector<std::string> kinds_;  ///< of all processes' devices
    std::string shares_in_force_;
    train::SharePolicy shares_;
    train::PlacementPolicy::Kind placement_;
};

}  // namespace vkm::apps
