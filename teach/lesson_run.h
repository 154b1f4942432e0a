#pragma once

#include <graph/run/planned_device.h>
#include <graph/weights/model_file.h>
#include <teach/judge.h>
#include <teach/run_config.h>
#include <train/data/held_back.h>
#include <train/report/metrics_log.h>
#include <train/run_directory.h>

#include <atomic>
#include <chrono>
#include <functional>
#include <optional>
#include <string>
#include <utility>

namespace vkm::teach {

/// Holds what a lesson is about, whatever device it runs on.
struct LessonSubject {
    Lesson lesson;         ///< resolved
    train::HeldBack data;  ///< pictures to train on and held-out ones
    graph::ModelConfig model;
    graph::ModelFile initial;  ///< that a run begins with
    RunOrigin origin;
    std::filesystem::path folder;  ///< of the run
};

/// Runs a lesson on one device until it ends or `stop` is set, and tells how it goes. The run directory is one of
/// `vkmbv3 train`: a run that was stopped, or whose process was killed, goes on from its last checkpoint, on any device.
class LessonRun final : public train::TrainingObserver {
  public:
    /// Is called on the thread of run() whenever there is something new.
    using Tell = std::function<void(const Progress&)>;

    LessonRun(const LessonSubject&, Progress before, Tell);

    /// Returns whether the lesson is over; false where it was stopped. Throws what train::train() throws.
    bool run(graph::PlannedDevice&, const std::atomic<bool>& stop);

    const Progress& progress() const { return progress_; }

  private:
    void on_compile(size_t done, size_t total) override;
    void on_features(int64_t done, int64_t total) override;
    void on_start(const train::Position&, double learning_rate) override;
    void on_step(const Step&) override;
    void on_validation(int64_t epoch, int64_t step, const train::Evaluation&) override;

    train::TrainerOptions options();
    void begin_log(const train::Position&);
    void estimate_time();

    const LessonSubject& subject_;
    Progress progress_;
    Tell tell_;
    Judge judge_;
    const std::atomic<bool>* stop_ = nullptr;
    bool resumes_ = false;
    train::TrainerOptions options_;
    std::optional<train::RunDirectory> directory_;
    std::optional<train::MetricsLog> log_;
    Curves curves_;
    std::chrono::steady_clock::time_point begun_, first_step_time_;
    int64_t first_step_ = 0;
};

/// Returns which pictures are held out, as a run's checkpoint says it. A lesson goes on with no others.
std::pair<std::string, std::string> held_out_setting(const train::HeldBack&);

/// Returns the curves of a run as its log has them; empty where there is none.
Curves curves_of(const std::filesystem::path& run);

}  // namespace vkm::teach
