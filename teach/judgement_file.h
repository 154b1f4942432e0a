#pragma once

#include <teach/progress.h>

#include <filesystem>
#include <memory>

namespace vkm::teach {

/// Keeps what a lesson's network made of the held-out pictures, in RUN/judgement.json, for whoever opens the session again.
void write_judgement(const std::filesystem::path& run, const Judgement&);

/// Returns what was kept; null where there is nothing, or nothing that can be read: the next validation says it anew.
std::shared_ptr<const Judgement> read_judgement(const std::filesystem::path& run);

}  // namespace vkm::teach
