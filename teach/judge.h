#pragma once

#include <teach/progress.h>
#include <train/evaluator.h>

#include <filesystem>
#include <memory>

namespace vkm::teach {

/// Collects what a network makes of held-out pictures, validation by validation.
class Judge {
  public:
    /// The pictures lie in `pictures`/CLASS/.
    Judge(std::shared_ptr<const train::Dataset> held_out, std::filesystem::path pictures);

    /// Takes a batch of a validation.
    void take(const train::Batch&, const graph::HostTensor& logits);
    /// Returns what was taken since the last call.
    std::shared_ptr<const Judgement> judgement();

  private:
    std::string file_of(const train::JudgedImage&) const;

    std::shared_ptr<const train::Dataset> held_out_;
    std::filesystem::path pictures_;
    train::ClassReport report_;
};

}  // namespace vkm::teach
