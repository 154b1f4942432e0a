#pragma once

#include <train/statistics_estimator.h>
#include <train/statistics_lag.h>
#include <train/trained_weights.h>
#include <train/trainer.h>
#include <train/validator.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace vkm::train {

/// Estimates batch norm's running statistics in a run over training batches (StatisticsEstimator): for all that is
/// validated and written, or once, to see whether they are why a validation is bad (StatisticsLag).
class RunStatistics {
  public:
    /// Says what batches are estimated over: how they are loaded, the first one's position apart, and what each's kernels
    /// are told.
    struct Batches {
        std::function<LoaderOptions()> loading;
        StatisticsEstimator::ParamsOf params;
    };
    /// What is given by reference must outlive it.
    RunStatistics(const TrainerOptions&, ModelOnDevices&, const graph::Graph& training,
                  std::shared_ptr<const Dataset> images, StepExecutor::Progress compiling, Batches);

    /// Makes a model to estimate with for as long as the run goes on, or anew.
    void make_estimator();
    /// Makes anew what goes by the shares of a batch, where there is one.
    void split_otherwise();

    /// Estimates over the first `batches` batches of the epoch that the run is in. There is an estimator.
    void estimate(ParameterValues&, int64_t batches);

    /// Takes what a step of training scored.
    void take_step(double loss, double top1) { lag_.take_step(loss, top1); }
    /// Returns what to say where running statistics that lag are the reason for a bad validation. Nothing where that cannot
    /// be known for lack of memory. All processes of a job call it.
    std::optional<std::string> explain(const Evaluation&, TrainedWeights&, Validator&);

  private:
    bool every_process_makes_estimator();

    const TrainerOptions& options_;
    ModelOnDevices& replicas_;
    const graph::Graph& graph_;
    std::shared_ptr<const Dataset> images_;
    StepExecutor::Progress compiling_;
    Batches batches_;
    std::optional<StatisticsEstimator> estimator_;
    StatisticsLag lag_;
};

}  // namespace vkm::train
