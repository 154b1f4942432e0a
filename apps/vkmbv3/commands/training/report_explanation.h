#pragma once

#include "commands/training/train_arguments.h"

#include <string>

namespace vkm::apps {

/// Prints what a training step would do on a GPU that is not here, of which `report` is a snapshot
/// (`vkmbv3 devices --json --full`, scripts/snapshot_from_report.py): every dispatch with what it is predicted to wait for
/// (graph/predict/prediction.h), as a table or as JSON. Throws UsageError, and what reading and planning throws.
/// `overlapped`: graph::PredictionOptions::overlapped.
void explain_report(TrainArguments&, const std::string& report, bool overlapped);

}  // namespace vkm::apps
