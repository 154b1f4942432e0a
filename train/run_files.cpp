#include <graph/finite.h>
#include <graph/weights/model_file.h>
#include <train/diagnosis.h>
#include <train/run_files.h>
#include <train/together.h>

#include <algorithm>

namespace vkm::train {
namespace {

namespace fs = std::filesystem;

// Returns whether any batch norm's running statistics follow the batches.
bool moves_statistics(const graph::Graph& graph, const graph::Frozen& frozen) {
    constexpr std::string_view mean = ".running_mean";
    return std::ranges::any_of(graph.with_role(graph::Role::state), [&](graph::ValueId id) {
        const std::string_view name = graph.value(id).name;
        return name.ends_with(mean) && !frozen.keeps_statistics(name.substr(0, name.size() - mean.size()));
    });
}

}  // namespace

RunFiles::RunFiles(const TrainerOptions& options, const ModelOnDevices& model, const graph::Graph& training,
                   const RunSchedule& schedule)
    : options_(options), model_(model), graph_(training), schedule_(schedule) {}

void RunFiles::save(TrainedWeights& trained, const Position& position) const {
    require_finite(trained, position);
    ModelSnapshot& snapshot = trained.snapshot();
    const ParameterValues& weights = trained.weights();
    const ParameterValues* const average = trained.has_average() ? &trained.average() : nullptr;
    for_all(model_.world(), [&] {
        save_checkpoint(options_.out / "checkpoint", snapshot, position);
        write_weights(options_.out / "weights.safetensors", weights, position);
        if (average) write_weights(options_.out / "ema.safetensors", *average, position);
    });
}

// Where the best top-1 is all that matters a checkpoint holds that alone, as it always did.
void RunFiles::keep_the_best(TrainedWeights& trained, const Evaluation& validation,
                             Position& position) const {
    const Keeping& keeping = options_.keeping;
    Standing standing = position.standing.value_or(Standing{});
    if (!position.standing && position.best_top1 >= 0) standing.score = position.best_top1;
    const ParameterValues& values = is_of_average(keeping.best_by) ? trained.average() : trained.weights();
    const bool best = rate_validation(standing, keeping, validation, position.step);
    // What a run keeps does not depend on where it stopped and went on.
    const bool due = schedule_.validation_is_due(position);
    for_all(model_.world(), [&] {
        if (best && !due) set_best_aside(options_.out);
        Keeping kept = keeping;
        if (!due) kept.best = 1;
        keep_validated(standing, kept, best, validation, position.step, options_.out,
                       [&](const fs::path& file) { write_weights(file, values, position); });
    });
    position.best_top1 = std::max(position.best_top1, validation.top1);
    const bool more_matters = keeping.best_by != BestBy::top1 || keeping.best > 1 || keeping.patience > 0;
    if (more_matters || position.standing) position.standing = standing;
}

void RunFiles::keep_epoch(TrainedWeights& trained, const Position& position) const {
    const auto keep = [&](std::string_view suffix, const ParameterValues& values) {
        for_all(model_.world(), [&] {
            train::keep_epoch(options_.keeping, position.epoch, suffix, options_.out,
                              [&](const fs::path& file) { write_weights(file, values, position); });
        });
    };
    keep("", trained.weights());
    if (trained.has_average()) keep("-ema", trained.average());
}

void RunFiles::require_finite(TrainedWeights& trained, const Position& position) const {
    if (const auto bad = first_bad_weights(graph_, trained.snapshot().values()))
        throw graph::NonFinite(
            "after step {} the weights {} are not finite. Lower --lr or add --warmup-epochs{}", position.step,
            *bad, mention_of_checkpoint(options_.out));
}

void RunFiles::write_weights(const fs::path& file, const ParameterValues& values,
                             const Position& position) const {
    graph::write_model_file(file, graph_, values, options_.model, position.class_names,
                            position.batches_tracked + batches_seen(position), position.original_names);
}

// Returns how many batches the running statistics have seen in this run.
int64_t RunFiles::batches_seen(const Position& position) const {
    return moves_statistics(graph_, options_.recipe.frozen) ? schedule_.batches_done(position) : 0;
}

}  // namespace vkm::train
