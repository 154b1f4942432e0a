#include "commands/training/training_setup.h"

#include "cli/precision.h"
#include "cli/usage_error.h"
#include "cli/weights_input.h"
#include "commands/training/training_inputs.h"

#include <train/largest_batch.h>
#include <train/share_unit.h>
#include <train/step_graph.h>
#include <train/together.h>

#include <fmt/core.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <filesystem>
#include <numeric>
#include <optional>
#include <sstream>

namespace vkm::apps {
namespace {

std::optional<train::Position> position_before(const TrainArguments& arguments) {
    if (arguments.resume.empty()) return {};
    const std::filesystem::path folder = std::filesystem::path(arguments.resume) / "checkpoint";
    if (!train::checkpoint_exists(folder)) return {};
    return train::read_position(folder);
}

std::optional<graph::ModelFile> read_init(const TrainArguments& arguments, bool from_checkpoint) {
    if (arguments.init.empty() || from_checkpoint) return {};
    return read_weights(arguments.init, arguments.model, arguments.common.quiet);
}

// Returns whether somebody has chosen how batches are split. The config.yaml of a run has what was in force, too.
bool gives_shares(const TrainArguments& arguments) {
    return arguments.resume.empty() ? arguments.shares.is_given() : arguments.shares.splits_unequally();
}

}  // namespace

TrainingSetup::TrainingSetup(TrainArguments& arguments, graph::World& world)
    : arguments_(arguments),
      before_(position_before(arguments)),
      init_(read_init(arguments, before_.has_value())),
      model_(resolve_model(arguments, init())),
      data_(open_training_data(arguments, model_, before_)),
      open_(open_devices(world)),
      replicas_(open_.pointers(), world),
      storage_(agreed_storage()),
      kinds_(kinds_of_all()),
      shares_in_force_(arguments.shares.in_force(kinds_)),
      shares_(arguments.shares.resolve(shares_in_force_, replicas_.count_of_all(), kinds_)),
      placement_(arguments.placement.resolve(replicas_.count_of_all(), gives_shares(arguments),
                                             arguments.recipe.sync_bn)) {
    share_memory();
    if (arguments.matrix_units.on && storage_ != graph::DType::f16)
        throw UsageError("--matrix-units multiplies fp16 tensors: use it with --precision amp");
    if (arguments.gradients.fixes_loss_scale() && storage_ != graph::DType::f16)
        throw UsageError("--loss-scale is of mixed precision: use it with --precision amp");
    if (arguments.batch_size == automatic) {
        if (placement_ == train::PlacementPolicy::Kind::pipeline)
            throw UsageError(
                "--batch-size auto is what devices' shares of a batch hold, and --placement pipeline leaves it whole: give "
                "a number");
        arguments.recipe.batch_size =
            std::ranges::min(train::gather_values(world, largest_batch(replicas_, storage_)));
        if (!arguments.common.quiet)
            spdlog::info("--batch-size auto: {} images", arguments.recipe.batch_size);
    }
    if (arguments.recipe.loss.mixing.mixes())
        train::require_pairs(train::split_batch(
            arguments.recipe.batch_size,
            placement_ == train::PlacementPolicy::Kind::replicate ? replicas_.count_of_all() : 1));
}

std::map<std::string, std::string> TrainingSetup::fixed_settings() const {
    if (arguments_.held_back.fraction == 0) return {};
    return {{"validation images",
             fmt::format("{} held back ({})", data_.validation->size(), data_.fingerprint())}};
}

// Returns the precision that all processes train in: what --precision auto means on every device.
graph::DType TrainingSetup::agreed_storage() const {
    const graph::DType own = announced_storage_type(arguments_.common, open_.pointers(), precision_key());
    const std::vector<graph::DType> all = train::gather_values(replicas_.world(), own);
    return std::ranges::find(all, graph::DType::f32) != all.end() ? graph::DType::f32 : own;
}

// Returns what tells the kinds of all processes' devices apart.
std::vector<std::string> TrainingSetup::kinds_of_all() const {
    std::string own;
    for (const graph::PlannedDevice* device : open_.pointers())
        own += kind_of(*device) + "\n";
    std::vector<std::string> kinds;
    for (const std::string& part : train::gather_texts(replicas_.world(), own)) {
        std::istringstream lines(part);
        for (std::string kind; std::getline(lines, kind);)
            kinds.push_back(kind);
    }
    return kinds;
}

// Takes no more of a device's memory than a process's part, where several processes of a host use it.
void TrainingSetup::share_memory() {
    if (!replicas_.job().has_others()) return;  // and not by this host's count: all processes gather, or none
    std::string own;
    for (const uint32_t index : open_.indices)
        own += fmt::format("{} {}\n", arguments_.host, index);
    std::map<std::string, uint64_t> users;
    for (const std::string& part : train::gather_texts(replicas_.world(), own)) {
        std::istringstream lines(part);
        for (std::string line; std::getline(lines, line);)
            ++users[line];
    }
    for (size_t i = 0; i < replicas_.count(); ++i) {
        const uint64_t sharing = users.at(fmt::format("{} {}", arguments_.host, open_.indices[i]));
        replicas_.limit_memory(i, replicas_.memory_bytes(i) / sharing);
    }
}

std::string TrainingSetup::precision_key() const {
    return apps::precision_key(model_, arguments_.batch_size == automatic
                                           ? "training, the largest batch"
                                           : work_of("training", arguments_.recipe.batch_size));
}

// Returns the largest batch that fits, but no more than the images of an epoch: a larger
// one would never be filled.
int64_t TrainingSetup::largest_batch(const train::ModelOnDevices& replicas, graph::DType storage) const {
    const train::Recipe& recipe = arguments_.recipe;
    const int64_t batch =
        train::largest_batch(replicas, static_cast<int64_t>(data()->size()),
                             train::pixel_type(*data(), recipe), [&](train::StepShape shape) {
                                 shape.storage = storage;
                                 return train::training_step(model_, recipe, train::in_pairs(shape, recipe));
                             });
    const auto pair = 2 * static_cast<int64_t>(replicas.count_of_all());
    return recipe.loss.mixing.mixes() && batch > pair ? batch / pair * pair : batch;
}

std::vector<train::Share> TrainingSetup::shares_by(const train::SharePolicy& policy,
                                                   size_t count_of_all) const {
    const int64_t unit = train::share_unit(policy, arguments_.recipe.loss.mixing.mixes());
    return train::ShareBalance(policy, arguments_.recipe.batch_size, count_of_all, unit).begin();
}

std::vector<train::Share> TrainingSetup::first_shares() const {
    return shares_by(shares_, replicas_.count_of_all());
}

// Returns one device's part of a step, alone, so that nobody waits for the others.
Workload TrainingSetup::workload(const OpenDevices& open, size_t device, Among among,
                                 graph::DType storage) const {
    const train::ModelOnDevices replicas(open.pointers());
    const bool whole =
        arguments_.placement.resolve(among.count_of_all, gives_shares(arguments_),
                                     arguments_.recipe.sync_bn) == train::PlacementPolicy::Kind::pipeline;
    const train::PixelType pixels = train::pixel_type(*data(), arguments_.recipe);
    const int64_t batch =
        arguments_.batch_size == automatic ? largest_batch(replicas, storage) : arguments_.recipe.batch_size;
    std::vector<train::Share> shares;
    if (whole)
        shares.assign(replicas.count(), {0, batch});
    else if (arguments_.batch_size == automatic)
        shares = replicas.split(batch);
    else {
        std::vector<std::string> kinds;
        for (const graph::PlannedDevice* device : open.pointers())
            kinds.push_back(kind_of(*device));
        shares = shares_by(arguments_.shares.resolve(arguments_.shares.in_force(kinds), among.count_of_all),
                           among.count_of_all);
    }
    const size_t first = shares.size() == replicas.count() ? 0 : among.first;
    train::StepShape shape = replicas.shapes(std::span(shares).subspan(first), pixels).at(device);
    shape.global_batch = batch;
    shape.storage = storage;
    shape.replicas = 1;
    return {
        {{work_of("training", shape.local_batch),
          train::training_step(model_, arguments_.recipe, train::in_pairs(shape, arguments_.recipe)).graph}},
        shape.local_batch,
        precision_key()};
}

OpenDevices TrainingSetup::open_devices(graph::World& world) const {
    graph::DeviceOptions forced;
    forced.kernels = graph::matrix_unit_options(arguments_.matrix_units.wanted());
    const auto open = [&](std::optional<Among> among) {
        return open_tuned(
            arguments_.common, arguments_.tune,
            [&](const OpenDevices& devices, size_t i, graph::DType storage) {
                return std::vector{
                    workload(devices, i, among.value_or(Among{0, devices.indices.size()}), storage)};
            },
            forced);
    };
    if (!arguments_.tune || world.size() == 1) return open({});
    CommonOptions silent = arguments_.common;
    silent.quiet = true;
    const std::vector<uint64_t> counts =
        train::gather_values(world, uint64_t{apps::open_devices(silent, forced).indices.size()});
    const auto own = counts.begin() + static_cast<ptrdiff_t>(world.rank());
    const Among among{std::accumulate(counts.begin(), own, size_t{0}),
                      std::accumulate(counts.begin(), counts.end(), size_t{0})};
    // The processes on a host measure one after the other, and find what those before them have chosen: they may have the
    // same device, and the file of choices is that of all devices of a kind.
    std::optional<OpenDevices> opened;
    const size_t turns = std::ranges::max(train::gather_values(world, arguments_.common.local_size));
    for (size_t turn = 0; turn < turns; ++turn) {
        if (turn == arguments_.common.local_rank) opened.emplace(open(among));
        train::gather_values(world, turn);
    }
    return std::move(*opened);
}

}  // namespace vkm::apps
