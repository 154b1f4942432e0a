#pragma once

#include <map>
#include <string>

namespace vkm::apps {

/// Makes the paths in options of `train` whole, so that a run goes on from any working directory. What is no path,
/// such as `synthetic` or `balanced`, stays as it is.
void make_paths_whole(std::map<std::string, std::string>& options);

}  // namespace vkm::apps
