#pragma once

#include <train/step_graph.h>

namespace vkm::train {

/// Reports a training step in which a batch norm would get a single value a channel: its variance would be 0
/// whatever the image, and nothing would be learned. PyTorch refuses it, too.
class TooFewValues : public Error {
  public:
    using Error::Error;
};

/// Throws TooFewValues naming the first such layer of a device's part of a step, and what to do.
void require_batch_statistics(const graph::ModelConfig&, const StepShape&, const Recipe&);

}  // namespace vkm::train
