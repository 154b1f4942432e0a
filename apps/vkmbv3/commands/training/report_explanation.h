#pragma once

#include "commands/training/train_arguments.h"

#include <string>
#include <vector>

namespace vkm::apps {

/// Says what is predicted, and for which GPU.
struct DeviceReport {
    std::string file;  ///< a snapshot (`vkmbv3 devices --json --full`, scripts/snapshot_from_report.py)
    bool overlapped = false;  ///< graph::PredictionOptions::overlapped
    bool inference = false;   ///< of a batch, as `latency` runs it, and not a training step
    std::vector<std::string> without_effect = {};  ///< options that were given and do not matter for that

    explicit operator bool() const { return !file.empty(); }
};

/// Prints what a step would do on a GPU that is not here: every dispatch with what it is predicted to wait for
/// (graph/predict/prediction.h), as a table or as JSON. Throws UsageError, and what reading and planning throws.
void explain_report(TrainArguments&, const DeviceReport&);

}  // namespace vkm::apps
