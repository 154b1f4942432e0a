#pragma once

#include <engine/cache/tuning.h>
#include <graph/run/job.h>

#include <cstddef>
#include <functional>
#include <memory>
#include <optional>

namespace vkm::graph {

class StepTrace;

/// Counts the steps that a device may have before it: while it computes one, the host fills the next.
constexpr size_t steps_in_flight = 2;

/// Says how a graph is planned, compiled and recorded for its devices.
struct RunOptions {
    size_t slots = steps_in_flight;
    bool profile = false;
    bool keep_activations = false;  ///< so that any value can be read after a step (tests, debugging)
    bool undoable = false;          ///< so that steps in flight can be undone (Executor::undo)
    std::function<void(size_t done, size_t total)> compile_progress = {};
    /// What the driver compiles at the first dispatch may wait for the first step: there may be none for long.
    bool used_later = false;
    /// Called once for each device while its kernels are compiled. Its memory is there:
    /// parameters may be written.
    std::function<void()> while_compiling = {};
    std::optional<engine::Tuning> tuning = {};  ///< instead of those of the devices' plans
    Job job = {};                               ///< whose reductions this process's devices take part in
    /// Asked once a step where the job has other processes: all of them hear of it (Executor::wished).
    std::function<bool()> wish = {};
    /// Gets what happens in some of the steps; none: nobody asks.
    std::shared_ptr<StepTrace> trace = {};
};

}  // namespace vkm::graph
