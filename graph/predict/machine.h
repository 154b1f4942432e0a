#pragma once

#include <engine/plan/device_plan.h>

namespace vkm::graph {

/// Holds the figures of a GPU that decide how long kernels take: what its report tells, and what no Vulkan
/// driver tells, from vendors' specifications by name, else typical of its class.
struct Machine {
    bool known = false;  ///< clock and bandwidth are those of this device
    double processors = 0;
    double issue = 0;  ///< instructions of a subgroup that a processor starts in a cycle
    double clock_mhz = 0;
    double memory_gbps = 0;  ///< as specified
    double matrix_multiply_adds =
        0;                           ///< fp16 with fp32 sums, of one processor in a cycle; 0: no matrix units
    double resident_subgroups = 32;  ///< of one processor at most
    double registers = 2048;         ///< of one processor: registers of a subgroup's lanes
    double shared_bytes = 0;         ///< of one processor
    double cache_bytes = 0;          ///< last level before memory
    double memory_latency_us = 0.6;  ///< of a load while memory is busy
    double cache_latency_us = 0.22;  ///< of one that the last cache answers
    double barrier_us = 4;           ///< from the end of a dispatch to the start of one that depends on it
    double launch_us = 1;            ///< between two that do not
};

Machine machine_of(const engine::DeviceSnapshot&, const engine::DevicePlan&);

}  // namespace vkm::graph
