#pragma once

#include <train/trainer.h>

#include <span>

namespace vkm::train {

/// Returns what a run cannot change while it goes on, by name: what decides its bits. A checkpoint holds it, and a
/// run that goes on from one compares it.
std::map<std::string, std::string> run_identity(const TrainerOptions&, const Dataset& training,
                                                std::span<const Share>);

}  // namespace vkm::train
