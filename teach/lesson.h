#pragma once

#include <graph/models/model_config.h>
#include <train/trainer.h>

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace vkm::teach {

/// Says how much of a network a lesson changes.
enum class Reach : uint8_t { head, last_stages, all };

/// Describes a lesson: what is trained, and how. What is 0 is as usual for its reach.
struct Lesson {
    Reach reach = Reach::head;
    int64_t epochs = 0;
    double learning_rate = 0;
    int64_t batch_size = 0;
    /// Of each picture's augmentation, whose features are computed once (train/recipe.h); none: as usual.
    std::optional<int64_t> draws = {};
    double held_out = 0.2;  ///< share of the pictures that are never trained on, of every class one at least
    bool mirror = false;    ///< pictures may be mirrored: not where left and right matter
    uint64_t seed = 0;

    bool operator==(const Lesson&) const = default;
};

/// How many pictures of a class are held out at least, however few it has.
inline constexpr size_t held_out_of_each = 1;

/// Holds what a reach means, a row each.
struct ReachRow {
    Reach reach;
    std::string_view name;       ///< "head", in files
    std::string_view described;  ///< what a person reads
    int64_t epochs;
    double learning_rate;
    int64_t draws;
};
std::span<const ReachRow> reaches();
const ReachRow& row_of(Reach);
/// Returns the reach of a name. Throws TeachError listing the names.
Reach reach_named(std::string_view);

/// Returns what such a lesson leaves as it is, in the words of graph::parse_frozen. The running statistics of batch
/// norms stay in any case: a few pictures are a bad sample of them.
std::string frozen_words(Reach, const graph::ModelConfig&);

/// Returns the lesson with nothing left to the usual, for so many pictures to train on.
Lesson resolved(Lesson, size_t pictures);

/// Puts a resolved lesson into a trainer's options, for this model.
void apply(const Lesson&, const graph::ModelConfig&, train::TrainerOptions&);

}  // namespace vkm::teach
