#pragma once

#include "cli/given_options.h"

namespace vkm::apps {

/// Returns whether a configuration is one of MindCV's yaml files and not one of ours: it has at least three keys that
/// only MindCV has, and more of those than of keys that only `train` has.
bool is_mindcv_config(const OptionValues&, const CLI::App& command);

/// Returns what one of MindCV's yaml files says as options of `train`, with the defaults of MindCV's program for
/// keys that it lacks. Its batch size is that of a device: ours is that times the devices given. Options that are
/// given already need no translation, and what they say otherwise is not refused. Says on stderr, in one line, which
/// keys have no effect here. Throws UsageError naming the key that is unknown, cannot be said here or contradicts
/// another, and what to do.
OptionValues from_mindcv(const OptionValues&, const std::string& path, const GivenOptions&);

}  // namespace vkm::apps
