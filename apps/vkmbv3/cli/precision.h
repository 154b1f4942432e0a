#pragma once

#include "cli/common_options.h"

#include <graph/faster_storage.h>

#include <string>
#include <vector>

namespace vkm::apps {

using graph::faster_storage;
using graph::measured_storage;
using graph::precision_key;
using graph::precision_name;
using graph::work_of;

/// Returns what --precision means for some work on these devices; auto is fp16 where that is faster on every
/// one. Throws UnsupportedDevice where amp is asked of a device that cannot do it.
graph::DType storage_type(const CommonOptions&, const std::vector<graph::PlannedDevice*>&,
                          const std::string& precision_key);
/// Returns the same, and says on stderr what auto has become.
graph::DType announced_storage_type(const CommonOptions&, const std::vector<graph::PlannedDevice*>&,
                                    const std::string& precision_key);

}  // namespace vkm::apps
