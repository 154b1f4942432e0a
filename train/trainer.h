#pragma once

#include <train/checkpoint.h>
#include <train/evaluator.h>
#include <train/initial_weights.h>
#include <train/learning_rate.h>
#include <train/placement.h>
#include <train/recipe.h>
#include <train/share_balance.h>

#include <atomic>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>

namespace vkm::train {

struct TrainerOptions {
    graph::ModelConfig model;
    Recipe recipe;
    /// f16 is mixed precision. Validation is fp32 in any case, and so are the weights that are saved.
    graph::DType storage = graph::DType::f32;
    LearningRate learning_rate;
    std::optional<int64_t> max_steps;  ///< counted from the run's start, resumes included
    int64_t log_every = 10;            ///< steps
    int64_t save_every = 0;            ///< steps; 0: at the end of every epoch only
    int64_t show_tensors_every = 0;    ///< steps; 0: never (TrainingObserver::on_tensors)
    bool shuffle = true;
    int64_t shuffle_window = default_shuffle_window;  ///< images
    int workers = 0;
    std::string validation_data = {};  ///< what the user calls it
    int64_t start_epoch = 0;           ///< the number of the first epoch of a run that begins
    double validate_every = 1;         ///< epochs; the end of the run is validated in any case
    Keeping keeping = {};
    SharePolicy shares = {};  ///< of batches, where there are several devices
    PlacementPolicy placement = {};
    std::shared_ptr<graph::StepTrace> trace = {};  ///< gets what devices and threads do in some steps
    /// Training batches over which running statistics are estimated anew, in what is validated and in weights
    /// files; 0: they are as training leaves them.
    int64_t recalibrate_batches = 0;
    std::filesystem::path out;  ///< the run directory
    bool resume = false;        ///< go on from out/checkpoint, which must exist
    /// What a resumed run must have alike, by name, besides what the other options say.
    std::map<std::string, std::string> fixed_settings = {};
    /// What the processes of a job must have alike, by name, besides; and where this one runs, for errors.
    std::map<std::string, std::string> agreed_settings = {};
    std::string host = {};
    /// Is given the logits of every validated image, batch by batch, before on_validation(); none: they stay on
    /// the device.
    Evaluator::OnLogits on_validation_logits = {};
    /// Returns the initial weights for the training graph; not called when resuming.
    std::function<InitialWeights(const graph::Graph&)> initial;
};

/// Is told what happens while training, as it happens, on the training thread.
class TrainingObserver {
  public:
    virtual ~TrainingObserver() = default;
    struct Step {
        int64_t step = 0, epoch = 0;
        int64_t batch = 0, batches_per_epoch = 0;
        double loss = 0, learning_rate = 0, images_per_second = 0;
        double top1 = 0;       ///< of the step's own batch as the network was trained on it, a fraction
        double data_wait = 0;  ///< share of the time since the last logged step that images were waited for
        std::optional<LossScaling> loss_scaling = {};  ///< in mixed precision
        std::optional<double> gradient_norm = {};      ///< before clipping, where the norm is bounded
    };
    virtual void on_compile(size_t /*done*/, size_t /*total*/) {}
    /// Called while features are computed that are kept (Recipe::feature_draws): draws of images.
    virtual void on_features(int64_t /*done*/, int64_t /*total*/) {}
    /// Called when everything is checked, compiled and loaded and the run goes on from here, of a checkpoint
    /// as it was written. `learning_rate` is that of the next step. Nothing was written yet.
    virtual void on_start(const Position&, double /*learning_rate*/) {}
    virtual void on_step(const Step&) {}
    /// Called with the parameters behind a step and the gradients that led there, by the parameters' names.
    using NamedTensors = std::map<std::string, graph::HostTensor>;
    virtual void on_tensors(int64_t /*step*/, const NamedTensors& /*weights*/,
                            const NamedTensors& /*gradients*/) {}
    virtual void on_validation(int64_t /*epoch*/, int64_t /*step*/, const Evaluation&) {}
    virtual void on_checkpoint(int64_t /*step*/) {}
    /// Called when batches are split over several devices from a step on: at the start, and where that changes. The
    /// devices' speeds are in images a second; none where they were not measured.
    virtual void on_shares(const SharesFrom&, const std::vector<double>& /*speeds*/) {}
    /// Called with what a person ought to know.
    virtual void on_message(const std::string&) {}
};

struct TrainingResult {
    int64_t steps = 0;   ///< that the run has made, resumed ones included
    int64_t epochs = 0;  ///< that are whole, those before TrainerOptions::start_epoch included
    double loss = 0;     ///< of the last step
    std::optional<Evaluation> validation;
    double images_per_second = 0;   ///< median over logging intervals; 0 where there was nothing to do
    int64_t skipped_steps = 0;      ///< whose gradients overflowed in mixed precision; resumed ones included
    int64_t unreadable_images = 0;  ///< in training and validation; each is named and counted once
    bool interrupted = false;
};

/// Trains until the epochs are done, max_steps is reached, or `stop` is set, whichever comes first. In any
/// case the run directory then holds a checkpoint from which the run goes on bit for bit. `validation` may be
/// null. Throws graph::NonFinite naming the step and the first layer, CheckpointError, and what reading the
/// data, writing files and the devices throw.
TrainingResult train(const TrainerOptions&, ModelOnDevices&, std::shared_ptr<const Dataset> training,
                     std::shared_ptr<const Dataset> validation, TrainingObserver&,
                     const std::atomic<bool>& stop);

}  // namespace vkm::train
