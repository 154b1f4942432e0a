#pragma once

#include <train/share_balance.h>

#include <filesystem>

namespace vkm::train {

/// Returns how a run split its batches over its devices, from its metrics.jsonl, by rising step. Where the run went on
/// from an earlier step, what it did again replaces what it had done. None where it had one device. Throws ReportError
/// where there is no log, or a line of it that says so is damaged.
std::vector<SharesFrom> read_recorded_shares(const std::filesystem::path& metrics_jsonl);

/// Returns the kinds of the devices that a run began with, in the order of its shares; nothing where its log does not say.
std::vector<std::string> read_recorded_devices(const std::filesystem::path& metrics_jsonl);

}  // namespace vkm::train
