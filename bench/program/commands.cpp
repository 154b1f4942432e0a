#include "commands.h"

#include <base/atomic_file.h>
#include <bench/results.h>
#include <engine/cache/tuning_file.h>

#include <fmt/core.h>
#include <nlohmann/json.hpp>

#include <algorithm>
#include <utility>

namespace vkm::bench {
namespace {

constexpr std::pair<const char*, graph::Sharing> sharings[] = {
    {"shared_memory", graph::Sharing::shared_memory},
    {"shuffle", graph::Sharing::shuffle},
    {"direct", graph::Sharing::direct},
    {"cooperative_matrix", graph::Sharing::cooperative_matrix}};

}  // namespace

std::unique_ptr<graph::PlannedDevice> open_chosen(const engine::Instance& instance,
                                                  const ProgramOptions& options) {
    graph::KernelOptions kernels = options.kernels;
    for (const auto& [word, sharing] : sharings)
        if (options.sharing == word) kernels.sharing = sharing;
    if (kernels.sharing == graph::Sharing::cooperative_matrix) kernels = graph::on_matrix_units(kernels);
    const uint32_t index = options.device ? *options.device : instance.default_device();
    // What is asked for is not what was tuned.
    if (!kernels.sharing && !options.untuned && index < instance.devices().size())
        kernels.tuning = engine::load_tuning(instance.devices()[index]);
    return graph::open_device(instance, index, {.kernels = kernels});
}

void write_json(const std::string& path, const nlohmann::json& document) {
    const std::string text = to_text(document) + "\n";
    if (path == "-")
        fmt::print("{}", text);
    else
        write_atomically(path, text);
}

Error nothing_found(const ProgramOptions& options) {
    return Error("--filter {}: nothing that is measured has such a name; --list prints the names",
                 options.suite.filter);
}

std::vector<std::string> networks_or(const ProgramOptions& options, std::vector<std::string> otherwise) {
    std::vector<std::string> networks = options.models;
    std::erase_if(networks, [](const std::string& model) { return !is_network(model); });
    return networks.empty() ? std::move(otherwise) : networks;
}

}  // namespace vkm::bench
