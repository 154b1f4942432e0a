#pragma once

#include "cli/common_options.h"
#include "cli/compile_progress.h"
#include "cli/progress_bar.h"

#include <train/data_wait.h>
#include <train/report/metrics_log.h>
#include <train/report/tensorboard.h>
#include <train/run_directory.h>
#include <train/trainer.h>

#include <chrono>
#include <functional>
#include <optional>

namespace vkm::apps {

/// Writes what a person and the run directory get to see of a training: the progress bar, metrics.jsonl,
/// TensorBoard's event file, and the last line.
class TrainingReports final : public train::TrainingObserver {
  public:
    /// Takes whether the directory held a run before, what config.yaml is to hold, and what of it is not as it was.
    TrainingReports(const train::RunDirectory&, bool resumed, std::string config,
                    std::vector<std::string> changes, const train::TrainerOptions&, const CommonOptions&);

    void on_compile(size_t done, size_t total) override { compile_(done, total); }
    void on_start(const train::Position&, double learning_rate) override;
    void on_step(const Step&) override;
    void on_tensors(int64_t step, const NamedTensors& weights, const NamedTensors& gradients) override;
    void on_validation(int64_t epoch, int64_t step, const train::Evaluation&) override;
    void on_checkpoint(int64_t step) override;
    void on_shares(const train::SharesFrom&, const std::vector<double>& speeds) override;
    void on_message(const std::string& line) override { say(line); }
    void finish(const train::TrainingResult&);

    /// Returns what the network will see of the first images of an epoch.
    using SeenImages = std::function<std::vector<image::Image>(int64_t epoch)>;
    /// Shows them in TensorBoard before every epoch.
    void show_images(SeenImages seen) { seen_ = std::move(seen); }
    /// Lets the log name the kinds of the devices that have shares.
    void name_devices(std::vector<std::string> kinds) { devices_ = std::move(kinds); }

  private:
    void say(const std::string& line);
    void say_how_it_goes_on(const train::Position&, double learning_rate);
    std::string time_left(const Step&);
    void show_epoch(int64_t epoch, int64_t step);
    void say_the_learning_rate(const train::Position&, double now);

    const train::RunDirectory& directory_;
    bool resumed_;
    std::string config_;
    std::vector<std::string> changes_;
    const train::TrainerOptions& options_;
    const CommonOptions& common_;
    CompileProgress compile_;
    train::DataWaitAdvice data_wait_;
    std::optional<train::MetricsLog> log_;
    std::optional<train::TensorBoard> board_;
    std::optional<ProgressBar> bar_;
    int64_t bar_epoch_ = -1;
    double images_per_second_ = 0;
    double waited_ = 0;  ///< share of the time that images were waited for
    /// Shown in the bar, of the steps since the epoch began or this process did.
    double loss_sum_ = 0, top1_sum_ = 0;
    int64_t summed_ = 0;
    /// Of this process: when its first step was done, and which that is.
    std::chrono::steady_clock::time_point first_step_time_;
    int64_t first_step_ = 0;
    bool nothing_to_do_ = false;
    SeenImages seen_;
    std::vector<std::string> devices_;
    int64_t next_epoch_ = -1;  ///< that begins now; -1: none does
};

}  // namespace vkm::apps
