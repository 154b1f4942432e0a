#pragma once

#include <base/error.h>
#include <train/evaluator.h>

#include <filesystem>
#include <functional>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace vkm::train {

/// Says which number of a validation decides what is best: of the weights, or of their moving average.
enum class BestBy : uint8_t { top1, loss, ema_top1, ema_loss };

std::span<const std::string_view> best_by_names();
/// Throws Error listing the names.
BestBy parse_best_by(std::string_view name);
std::string_view best_by_name(BestBy);

/// Returns whether the number is the moving average's: then its weights are the best ones.
bool is_of_average(BestBy);
/// Returns the number, so that more is better. Throws Error where the validation has none of the average.
double score_of(BestBy, const Evaluation&);

/// Says what is kept of a run besides the latest weights, and when it ends early.
struct Keeping {
    BestBy best_by = BestBy::top1;
    int64_t best = 1;          ///< how many of the best weights
    bool every_epoch = false;  ///< the weights of every epoch
    int64_t last = 0;          ///< of those, how many; 0: all
    int64_t patience = 0;      ///< validations in a row without a better one that end the run; 0: none do
};

/// Holds how a run's validations compare.
struct Standing {
    struct Kept {
        std::string file;  ///< in the folder of the best weights
        double score = 0;

        bool operator==(const Kept&) const = default;
    };
    std::string by = "top1";
    std::optional<double> score = {};  ///< the best so far
    int64_t step = 0;                  ///< of the best one
    int64_t since_best = 0;            ///< validations
    std::vector<Kept> kept = {};       ///< the best first, where several are kept

    bool operator==(const Standing&) const = default;
};

/// Returns whether a run has had as many validations without a better one as it is to wait for.
bool out_of_patience(const Keeping&, const std::optional<Standing>&);

/// Writes weights into a file.
using WriteWeights = std::function<void(const std::filesystem::path&)>;

/// Takes a validation's score into the standing, and says whether it is the best so far.
bool rate_validation(Standing&, const Keeping&, const Evaluation&, int64_t step);

/// Writes the weights of a validation that was rated, where it was the best so far or is among the best that are kept: to
/// best.safetensors, to best/step-N.safetensors. What is no longer among them is removed.
void keep_validated(Standing&, const Keeping&, bool is_best, const Evaluation&, int64_t step,
                    const std::filesystem::path& run, const WriteWeights&);

/// Keeps a copy of best.safetensors with the checkpoint, where there is one. A run that stops where no validation was due
/// validates, and what is best then is best until it goes on: the checkpoint knows nothing of it.
void set_best_aside(const std::filesystem::path& run);
/// Puts back what was set aside, for a run that goes on.
void restore_best(const std::filesystem::path& run);

/// Writes the weights of an epoch that is over, its number from 1 on, to epochs/epoch-N.safetensors (`suffix`
/// precedes the extension), and removes the oldest of that suffix beyond Keeping::last.
void keep_epoch(const Keeping&, int64_t epoch, std::string_view suffix, const std::filesystem::path& run,
                const WriteWeights&);

}  // namespace vkm::train
