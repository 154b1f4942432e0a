#pragma once

#include <engine/cache/tuning.h>

#include <cstddef>
#include <functional>
#include <optional>

namespace vkm::graph {

/// How a graph is planned, compiled and recorded for its devices.
struct RunOptions {
    size_t slots = 2;
    bool profile = false;
    bool keep_activations = false;  ///< so that any value can be read after a step (tests, debugging)
    std::function<void(size_t done, size_t total)> compile_progress = {};
    /// Called once a device while its kernels are compiled. Its memory is there: parameters may be written.
    std::function<void()> while_compiling = {};
    std::optional<engine::Tuning> tuning = {};  ///< instead of those of the devices' plans
};

}  // namespace vkm::graph
