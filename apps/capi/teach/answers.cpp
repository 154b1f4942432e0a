#include "answers.h"

#include "../status.h"
#include "lesson_of.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <limits>

namespace vkm::capi {
namespace {

using teach::Phase;
using teach::Snapshot;

constexpr double unknown = std::numeric_limits<double>::quiet_NaN();

int32_t number_of(Phase phase) {
    switch (phase) {
        case Phase::none:
            return VKMBV3_LESSON_NONE;
        case Phase::preparing:
            return VKMBV3_LESSON_PREPARING;
        case Phase::training:
            return VKMBV3_LESSON_TRAINING;
        case Phase::pausing:
            return VKMBV3_LESSON_PAUSING;
        case Phase::paused:
            return VKMBV3_LESSON_PAUSED;
        case Phase::finished:
            return VKMBV3_LESSON_FINISHED;
        case Phase::failed:
            break;
    }
    return VKMBV3_LESSON_FAILED;
}

struct TextRow {
    int32_t which;
    std::string (*text)(const Snapshot&);
};

const TextRow texts[] = {
    {VKMBV3_TEXT_DOING, [](const Snapshot& s) { return s.progress.doing; }},
    {VKMBV3_TEXT_PROBLEM, [](const Snapshot& s) { return s.progress.problem; }},
    {VKMBV3_TEXT_NOTICE, [](const Snapshot& s) { return s.notice.text; }},
    {VKMBV3_TEXT_UNDOABLE, [](const Snapshot& s) { return s.undoable; }},
    {VKMBV3_TEXT_WEIGHTS, [](const Snapshot& s) { return s.weights; }},
    {VKMBV3_TEXT_TAUGHT, [](const Snapshot& s) { return s.progress.weights; }},
    {VKMBV3_TEXT_DEVICE, [](const Snapshot& s) { return s.progress.device; }},
    {VKMBV3_TEXT_RUN, [](const Snapshot& s) { return s.progress.folder; }},
};

// Copies a name into its struct. A folder's name is shorter than that on every file system.
template <size_t n>
void put_name(char (&place)[n], const std::string& name) {
    std::strncpy(place, name.c_str(), n - 1);
}

}  // namespace

vkmbv3_progress progress_of(const Snapshot& snapshot) {
    const teach::Progress& progress = snapshot.progress;
    const teach::Curves& curves = *progress.curves;
    vkmbv3_progress result = VKMBV3_PROGRESS_INIT;
    result.phase = number_of(progress.phase);
    result.can_resume = snapshot.can_resume;
    result.can_undo = !snapshot.undoable.empty();
    result.reach = number_of(progress.lesson.reach);
    result.epoch = progress.epoch;
    result.epochs = progress.epochs;
    result.step = progress.step;
    result.steps = progress.steps;
    result.share = progress.share;
    result.loss = curves.steps.empty() ? unknown : curves.steps.back().loss;
    result.accuracy = curves.steps.empty() ? unknown : curves.steps.back().top1;
    result.validation_loss = curves.validations.empty() ? unknown : curves.validations.back().loss;
    result.validation_accuracy = curves.validations.empty() ? unknown : curves.validations.back().top1;
    result.best_accuracy = progress.best_top1.value_or(unknown);
    result.images_per_second = progress.images_per_second;
    result.seconds = progress.seconds;
    result.seconds_left = progress.seconds_left.value_or(unknown);
    result.notices = snapshot.notice.number;
    return result;
}

std::string text_of(const Snapshot& snapshot, int32_t which) {
    const auto row = std::ranges::find(texts, which, &TextRow::which);
    if (row == std::end(texts)) throw InvalidArgument("there is no text {}", which);
    return row->text(snapshot);
}

std::vector<vkmbv3_curve_point> curve_of(const Snapshot& snapshot, int32_t which) {
    const teach::Curves& curves = *snapshot.progress.curves;
    const auto points = [](const auto& curve) {
        std::vector<vkmbv3_curve_point> result;
        for (const auto& point : curve)
            result.push_back({point.step, point.loss, point.top1});
        return result;
    };
    if (which == VKMBV3_CURVE_TRAINING) return points(curves.steps);
    if (which == VKMBV3_CURVE_VALIDATION) return points(curves.validations);
    throw InvalidArgument("there is no curve {}", which);
}

std::vector<vkmbv3_class> classes_of(const Snapshot& snapshot) {
    std::vector<vkmbv3_class> result;
    for (const teach::PictureClass& one : *snapshot.classes) {
        vkmbv3_class& row = result.emplace_back();
        put_name(row.name, one.name);
        row.pictures = static_cast<int64_t>(one.pictures.size());
        row.background = one.background;
    }
    return result;
}

Scores scores_of(const Snapshot& snapshot) {
    Scores result;
    if (!snapshot.progress.judgement) return result;
    const teach::Judgement& judgement = *snapshot.progress.judgement;
    for (size_t i = 0; i < judgement.class_names.size(); ++i) {
        vkmbv3_class_score& row = result.classes.emplace_back();
        put_name(row.name, judgement.class_names[i]);
        row.images = judgement.classes.at(i).images;
        row.hits = judgement.classes[i].top1_hits;
        row.guesses = judgement.classes[i].predictions;
    }
    result.confusion = judgement.confusion;
    return result;
}

}  // namespace vkm::capi
