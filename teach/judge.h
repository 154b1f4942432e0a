#pragma once

#include <teach/progress.h>
#include <train/evaluator.h>

#include <memory>

namespace vkm::teach {

/// Collects what a network makes of held-out pictures, validation by validation.
class Judge {
  public:
    explicit Judge(std::shared_ptr<const train::Dataset> held_out);

    /// Takes a batch of a validation.
    void take(const train::Batch&, const graph::HostTensor& logits);
    /// Returns what was taken since the last call.
    std::shared_ptr<const Judgement> judgement();

  private:
    std::shared_ptr<const train::Dataset> held_out_;
    train::ClassReport report_;
};

}  // namespace vkm::teach
