#pragma once

#include <teach/lesson.h>

#include <filesystem>
#include <string>

namespace vkm::teach {

/// Says where a lesson's run comes from.
struct RunOrigin {
    std::filesystem::path pictures;  ///< an image folder
    std::filesystem::path weights;   ///< that it starts from
    uint32_t device = 0;
};

/// Returns a run's config.yaml: the options with which `vkmbv3 train` does the same, so that it can go on with the run.
std::string run_config(const train::TrainerOptions&, const Lesson&, const RunOrigin&);

}  // namespace vkm::teach
