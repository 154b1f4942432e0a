#include <train/one_job.h>

#include <base/checksum.h>
#include <graph/flat_buffers.h>
#include <train/together.h>

namespace vkm::train {
namespace {

std::string process_name(const TrainerOptions& options, const graph::World& world) {
    const std::string rank = fmt::format("rank {}", world.rank());
    return options.host.empty() ? rank : fmt::format("{} on host {}", rank, options.host);
}

// Returns a checksum of what all the samples are labelled, in their order. Pixels are not read.
std::string checksum_of_labels(const Dataset& data) {
    uint32_t sum = 0;
    for (size_t i = 0; i < data.size(); ++i) {
        const int32_t label = data.label(i);
        sum = crc32c(std::as_bytes(std::span(&label, 1)), sum);
    }
    for (const std::string& name : data.class_names())
        sum = crc32c(std::as_bytes(std::span(name)), sum);
    return fmt::format("{:08x}", sum);
}

}  // namespace

void require_one_job(const TrainerOptions& options, graph::World& world, const Dataset& training,
                     const Dataset* validation, const std::map<std::string, std::string>& run) {
    if (world.size() == 1) return;
    if (options.recipe.loss.weighs_labels())
        throw Error(
            "--class-weights divides by the weights of a whole batch, of which one process of several reads a part: "
            "leave it away, or train in one process");
    std::map<std::string, std::string> settings = options.agreed_settings;
    settings.insert(run.begin(), run.end());
    settings["the checksum of the training data's labels"] = checksum_of_labels(training);
    settings["the checksum of the validation data's labels"] =
        validation ? checksum_of_labels(*validation) : "none";
    require_agreement(world, settings, process_name(options, world));
}

void require_one_beginning(const TrainerOptions& options, ModelOnDevices& model, const graph::Graph& training,
                           int64_t step) {
    if (!model.job().has_others()) return;
    uint32_t sum = 0;
    for (const graph::ValueId id : graph::flat_buffers(training, graph::Role::parameter))
        sum = crc32c(model.read_flat(training, id, 0), sum);
    require_agreement(model.world(),
                      {{"the checksum of the weights", fmt::format("{:08x}", sum)},
                       {"the next step", std::to_string(step + 1)}},
                      process_name(options, model.world()));
}

}  // namespace vkm::train
