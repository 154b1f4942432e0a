#pragma once

#include <train/scores.h>
#include <train/step_executor.h>

namespace vkm::train {

/// Gathers what the batches of one step scored: one, or with accumulation several of the same size.
class StepScores {
  public:
    explicit StepScores(int64_t batch_size) : batch_size_(batch_size) {}

    void take(const StepExecutor::Metrics& batch) {
        loss_ += batch.loss;
        hits_ += batch.top1_hits;
        ++batches_;
    }

    struct Means {
        double loss = 0;
        double top1 = 0;  ///< a fraction
    };
    /// Returns the means over the batches taken, and begins the next step.
    Means finish() {
        const auto batches = static_cast<double>(batches_);
        const Means means{loss_ / batches, hits_ / (static_cast<double>(batch_size_) * batches)};
        loss_ = hits_ = 0;
        batches_ = 0;
        return means;
    }

  private:
    int64_t batch_size_;
    double loss_ = 0, hits_ = 0;
    int64_t batches_ = 0;
};

}  // namespace vkm::train
