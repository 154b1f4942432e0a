#include <train/statistics_lag.h>

#include <base/error.h>

#include <fmt/core.h>

#include <algorithm>

namespace vkm::train {
namespace {

// What sets a suspicion off, and what confirms it. Overfitting sets it off, too, and is not confirmed.
constexpr double suspicious_top1_gap = 0.15, suspicious_loss_ratio = 1.3;
constexpr double confirming_top1_gain = 0.1, confirming_loss_ratio = 0.8;

}  // namespace

void StatisticsLag::take_step(double loss, double top1) {
    if (!recent_) {
        recent_ = Scores{.loss = loss, .top1 = top1};
        return;
    }
    recent_->loss = memory * recent_->loss + (1 - memory) * loss;
    recent_->top1 = memory * recent_->top1 + (1 - memory) * top1;
}

bool StatisticsLag::is_suspected(const Evaluation& validation) {
    if (!recent_ || looks_left_ <= 0) return false;
    const bool suspected = recent_->top1 - validation.top1 > suspicious_top1_gap &&
                           validation.loss > suspicious_loss_ratio * recent_->loss;
    if (suspected) --looks_left_;
    return suspected;
}

std::optional<std::string> StatisticsLag::take_estimated(const Evaluation& running,
                                                         const Evaluation& estimated, int64_t batches,
                                                         double momentum) {
    if (estimated.top1 - running.top1 < confirming_top1_gain ||
        estimated.loss > confirming_loss_ratio * running.loss)
        return {};
    looks_left_ = 0;
    return fmt::format(
        "batch norm's running statistics lag behind the batches': with statistics of {} training batches "
        "instead the loss is {:.4f} and top-1 {:.2f} %, not {:.4f} and {:.2f} %. --recalibrate-bn {} estimates "
        "them so before validating and saving; --bn-momentum {:g} lets them follow faster; --freeze bn keeps "
        "those of --init",
        batches, estimated.loss, 100 * estimated.top1, running.loss, 100 * running.top1, batches,
        std::min(1.0, std::max(0.1, 10 * momentum)));
}

}  // namespace vkm::train
