#include <graph/models/freeze.h>
#include <teach/lesson.h>
#include <teach/teach_error.h>

#include <algorithm>
#include <array>

namespace vkm::teach {
namespace {

constexpr std::array<ReachRow, 3> rows{{
    {Reach::head, "head", "the head", 16, 1e-3, 4},
    {Reach::last_stages, "last-stages", "the last stages and the head", 12, 1e-3, 0},
    {Reach::all, "all", "everything", 15, 5e-4, 0},
}};

constexpr int64_t usual_batch = 16;

}  // namespace

std::span<const ReachRow> reaches() {
    return rows;
}

const ReachRow& row_of(Reach reach) {
    return *std::ranges::find(rows, reach, &ReachRow::reach);
}

Reach reach_named(std::string_view name) {
    const auto row = std::ranges::find(rows, name, &ReachRow::name);
    if (row == rows.end()) throw TeachError("'{}' is none of head, last-stages, all", name);
    return row->reach;
}

std::string frozen_words(Reach reach, const graph::ModelConfig& model) {
    switch (reach) {
        case Reach::head:
            return "backbone";
        case Reach::last_stages: {
            const size_t stages = graph::stage_count(model);
            return fmt::format("stages:{},bn-stats", stages > 1 ? stages - 1 : 0);
        }
        case Reach::all:
            break;
    }
    return "bn-stats";
}

Lesson resolved(Lesson lesson, size_t pictures) {
    const ReachRow& usual = row_of(lesson.reach);
    if (lesson.epochs == 0) lesson.epochs = usual.epochs;
    if (lesson.learning_rate == 0) lesson.learning_rate = usual.learning_rate;
    if (!lesson.draws) lesson.draws = usual.draws;
    if (lesson.batch_size == 0) lesson.batch_size = usual_batch;
    lesson.batch_size =
        std::clamp<int64_t>(lesson.batch_size, 1, std::max<int64_t>(1, static_cast<int64_t>(pictures)));
    return lesson;
}

void apply(const Lesson& lesson, const graph::ModelConfig& model, train::TrainerOptions& options) {
    train::Recipe& recipe = options.recipe;
    recipe.epochs = lesson.epochs;
    recipe.batch_size = lesson.batch_size;
    recipe.optimizer = train::OptimizerChoice{"adamw", {{"weight-decay", 0.01}}};
    recipe.frozen = graph::parse_frozen(frozen_words(lesson.reach, model), model);
    recipe.feature_draws = lesson.draws.value_or(0);
    recipe.label_smoothing = 0.1;
    recipe.augmentation.crop = train::Crop::random_resized;
    recipe.augmentation.scale = {0.4, 1};
    recipe.augmentation.flip = lesson.mirror ? 0.5 : 0;
    recipe.seed = lesson.seed;
    options.learning_rate = {.decay = train::Decay::cosine, .base = lesson.learning_rate};
    options.keeping.best_by = train::BestBy::loss;
    options.log_every = 1;
}

}  // namespace vkm::teach
