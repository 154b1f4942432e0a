#pragma once

#include <train/evaluator.h>

#include <optional>
#include <string>

namespace vkm::train {

/// Looks for running statistics of batch norm that lag behind the batches': a network that learns then
/// validates far worse than it trains, though nothing is wrong with its weights.
class StatisticsLag {
  public:
    /// Takes what a step of training scored, in the mean over its batch.
    void take_step(double loss, double top1);

    /// Returns whether a validation is so much worse than training that it is worth looking for the reason.
    /// It is for a few times in a run only, and not again once it was found.
    bool is_suspected(const Evaluation&);

    /// Takes the same validation with statistics that were estimated anew over some batches. Returns what to
    /// say where they are the reason.
    std::optional<std::string> take_estimated(const Evaluation& running, const Evaluation& estimated,
                                              int64_t batches, double momentum);

  private:
    static constexpr double memory = 0.9;  ///< of the steps' running means

    std::optional<Scores> recent_;
    int looks_left_ = 3;
};

}  // namespace vkm::train
