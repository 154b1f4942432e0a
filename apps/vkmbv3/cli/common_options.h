#pragma once

#include <graph/run/planned_device.h>

#include <CLI/CLI.hpp>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace vkm::apps {

/// Holds the options that every command shares (docs/cli.md).
struct CommonOptions {
    std::string device;              ///< "", "all" or "0,1"
    std::string precision = "fp32";  ///< or "amp", "auto" (precision.h)
    uint64_t seed = 0;
    bool json = false;
    bool quiet = false;
    /// Of several processes on a host: which of them this is, and how many. They share the devices.
    size_t local_rank = 0, local_size = 1;

    void add(CLI::App&);
};

/// Holds opened devices with the instance they belong to.
struct OpenDevices {
    engine::Instance instance;
    std::vector<uint32_t> indices;
    std::vector<std::unique_ptr<graph::PlannedDevice>> devices;

    std::vector<graph::PlannedDevice*> pointers() const;
};

/// Returns the indices meant by --device; "" is the fastest kind present. Throws UsageError where it is not a
/// list of indices, NoDevice where one does not exist.
std::vector<uint32_t> parse_devices(const std::string& list, const engine::Instance&);

/// Returns those of a host's devices that one of its processes takes: every so-manieth, or where there are fewer devices than
/// processes one that it shares.
std::vector<uint32_t> devices_of(std::span<const uint32_t> all, size_t local_rank, size_t local_size);

/// Opens the devices, and says on stderr which they are and what is not as fast as it could be. `tuned`: with
/// the tuning that is kept of each.
OpenDevices open_devices(const CommonOptions&, const graph::DeviceOptions& = {}, bool tuned = false);

/// Returns the parts of a text between commas.
std::vector<std::string> split_list(const std::string& text);

/// Parses "0.5,0.25" into numbers. Throws UsageError naming the option.
std::vector<double> parse_numbers(const std::string& text, const std::string& option);

/// The most --batch-size may be: far more than any device holds, and few enough that no size overflows.
inline constexpr int64_t largest_batch_size = int64_t{1} << 20;
CLI::Range batch_sizes();
/// Parses a batch size in decimal; returns nothing where the text is none.
std::optional<int64_t> parse_batch_size(const std::string& text);

/// Returns what --workers may be.
CLI::Range worker_counts();

/// Returns whether stderr is a terminal, and so gets a moving bar.
bool on_terminal();

}  // namespace vkm::apps
