#pragma once

#include <train/report/append_file.h>
#include <train/scores.h>
#include <train/share_balance.h>

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace vkm::train {

struct StepMetrics {
    uint64_t step = 0;   ///< from 1
    uint64_t epoch = 0;  ///< from 0
    double loss = 0;     ///< of the step's own batch before its update
    double learning_rate = 0;
    double images_per_second = 0;
    std::optional<double> top1 = {};  ///< of the step's own batch, a fraction
    struct MixedPrecision {
        double loss_scale = 1;
        uint64_t skipped_steps = 0;  ///< so far
    };
    std::optional<MixedPrecision> mixed_precision = {};
    std::optional<double> gradient_norm = {};
    std::optional<double> data_wait = {};  ///< share of the time that images were waited for
};

struct ValidationMetrics {
    uint64_t step = 0;  ///< updates done when it was measured
    uint64_t epoch = 0;
    double loss = 0, top1 = 0, top5 = 0;  ///< accuracies as fractions
    std::optional<Scores> ema = {};       ///< of the weights' moving average
};

/// Writes metrics.jsonl: one JSON object a line, written out at once.
///
///     {"kind":"step","step":1,"epoch":0,"loss":…,"lr":…,"images_per_second":…,"data_wait":…}
///     (also "top1":…, where it is known; in mixed precision also "loss_scale":…,"skipped_steps":…; where the norm
///     is bounded "grad_norm":…)
///     {"kind":"val","step":…,"epoch":…,"loss":…,"top1":…,"top5":…}
///     (with a moving average of the weights also "ema_loss":…,"ema_top1":…,"ema_top5":…)
///
///     {"kind":"shares","step":…,"shares":[96,32],"devices":["…","…"]}
///     (images of a batch by device, after so many updates; where they were measured also
///     "device_images_per_second":[…])
///
/// A number that is not finite is null. All members throw ReportError.
class MetricsLog {
  public:
    /// Opens a new log, which must not exist, or with `resumed_step` the log of a run that goes on
    /// after that step. A resumed log loses the lines of later steps, a last line that a crash cut
    /// short, and, with `validated` false, that step's own validation, which the run will make again. A
    /// damaged line before that is an error.
    explicit MetricsLog(const std::filesystem::path&, std::optional<uint64_t> resumed_step = std::nullopt,
                        bool validated = true);

    void write(const StepMetrics&);

    /// Writes a validation, unless the resumed log already holds one for this step.
    void write(const ValidationMetrics&);

    /// Writes shares, unless they are those that the resumed log already has.
    /// `devices`: their kinds, where the shares are of those.
    void write(const SharesFrom&, const std::vector<double>& speeds,
               const std::vector<std::string>& devices = {});

    /// Returns that of the last step in a resumed log, where it has one.
    std::optional<double> images_per_second() const { return images_per_second_; }

  private:
    AppendFile file_;
    std::optional<uint64_t> validated_step_;
    std::optional<double> images_per_second_;
    std::vector<int64_t> shares_;  ///< the last
};

}  // namespace vkm::train
