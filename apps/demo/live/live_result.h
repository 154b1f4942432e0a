#pragma once

#include "sources/frame.h"

#include <infer/classification.h>
#include <infer/heat_map.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace vkm::demo {

/// Says which network classifies, where, and how its numbers are stored.
struct LiveChoice {
    std::filesystem::path weights = {};
    std::filesystem::path labels = {};  ///< class names; empty: those in the weights file
    uint32_t device = 0;
    bool half = false;  ///< fp16 storage

    bool operator==(const LiveChoice&) const = default;
};

/// Describes the network that classifies.
struct LiveModel {
    LiveChoice choice;
    std::string name;    ///< "mobilenet_v3_small, width 0.5, 64 px"
    std::string device;  ///< "device 0 (llvmpipe)"
    int64_t classes = 0, input_size = 0;
    std::vector<std::string> class_names;
};

/// Holds what the network makes of a frame. Nothing in it changes.
struct LiveResult {
    Frame frame;
    infer::Classification classes;           ///< all of them, the most probable first
    double milliseconds = 0;                 ///< preparation and network
    std::optional<infer::Explanation> heat;  ///< of the most probable class, where it was asked for
};

/// Holds all that an interface shows of the classification at one moment.
struct LiveState {
    std::shared_ptr<const LiveModel> model = {};    ///< null: none yet
    std::shared_ptr<const LiveResult> result = {};  ///< null: none yet
    bool loading = false;
    std::string loading_what = {};
    double loading_share = 0;
    uint64_t choices = 0;               ///< number of the last choice that was made or cannot be
    std::string choice_problem = {};    ///< why that one cannot be used; empty: it is
    std::string problem = {};           ///< why there is no result of the last frame
    std::vector<float> recent_ms = {};  ///< of the last frames, oldest first
    double frames_per_second = 0;
};

}  // namespace vkm::demo
