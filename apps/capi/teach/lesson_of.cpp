#include "lesson_of.h"

#include "../versioned.h"

#include <algorithm>
#include <cmath>
#include <iterator>

namespace vkm::capi {
namespace {

struct ReachNumber {
    int32_t number;
    teach::Reach reach;
};

constexpr ReachNumber reach_numbers[] = {
    {VKMBV3_HEAD, teach::Reach::head},
    {VKMBV3_LAST_STAGES, teach::Reach::last_stages},
    {VKMBV3_EVERYTHING, teach::Reach::all},
};

constexpr int64_t most_epochs = 1'000'000;  // their steps must be countable, whatever the pictures

// What the struct was in the first version, to its last member.
constexpr size_t first_size = offsetof(vkmbv3_lesson, seed) + sizeof(vkmbv3_lesson::seed);

teach::Reach reach_of(int32_t number) {
    const auto row = std::ranges::find(reach_numbers, number, &ReachNumber::number);
    if (row == std::end(reach_numbers))
        throw InvalidArgument("reach is {}: use VKMBV3_HEAD, VKMBV3_LAST_STAGES or VKMBV3_EVERYTHING",
                              number);
    return row->reach;
}

void require_not_below_zero(const char* name, double value) {
    if (!std::isfinite(value) || value < 0)
        throw InvalidArgument("{} is {}, not a number from 0", name, value);
}

}  // namespace

teach::Lesson lesson_of(const vkmbv3_lesson* given) {
    const vkmbv3_lesson defaults = VKMBV3_LESSON_INIT;
    const vkmbv3_lesson wanted = given ? versioned(*given, defaults, first_size, "vkmbv3_lesson") : defaults;
    require_not_below_zero("epochs", static_cast<double>(wanted.epochs));
    require_not_below_zero("batch_size", static_cast<double>(wanted.batch_size));
    require_not_below_zero("learning_rate", wanted.learning_rate);
    require_not_below_zero("held_out", wanted.held_out);
    if (wanted.epochs > most_epochs)
        throw InvalidArgument("epochs is {}: use {} at most", wanted.epochs, most_epochs);
    if (wanted.held_out >= 1) throw InvalidArgument("held_out is {}, not below 1", wanted.held_out);
    teach::Lesson lesson;
    lesson.reach = reach_of(wanted.reach);
    lesson.epochs = wanted.epochs;
    lesson.batch_size = wanted.batch_size;
    lesson.learning_rate = wanted.learning_rate;
    if (wanted.held_out > 0) lesson.held_out = wanted.held_out;
    lesson.mirror = wanted.mirror != 0;
    lesson.seed = wanted.seed;
    return lesson;
}

int32_t number_of(teach::Reach reach) {
    return std::ranges::find(reach_numbers, reach, &ReachNumber::reach)->number;
}

}  // namespace vkm::capi
